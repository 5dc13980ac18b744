"""What this machine can say: versions, the terminal, and the configuration without its secrets."""

from __future__ import annotations

import locale
import os
import platform
import re
import shutil
import sys
import tomllib
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gbterm
from gbterm import config_file, paths
from gbterm.cli.bug_report.archive import Archive
from gbterm.credentials import HIDDEN
from gbterm.errors import GbtermError

_TERMINAL = (
    *("TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "COLORTERM", "NO_COLOR"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TMUX", "STY", "WSL_DISTRO_NAME"),
)
_PRIVATE = ("TMUX", "STY")
"""That they are there is of interest, but not what they name."""
_PROGRAMS = ("run", "command", "power_off")
"""With arguments."""


def put_versions(archive: Archive) -> None:
    """gbterm, Python, the system, the packages and the terminal."""
    versions = {
        "gbterm": gbterm.__version__,
        "python": sys.version,
        "system": platform.platform(),
        "distribution": _distribution(),
        "packages": _packages(),
    }
    archive.put_json("versions.json", "gbterm, Python, the system and packages", versions)
    archive.put_json("terminal.json", "the terminal that it was written on", _terminal())


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _packages() -> dict[str, str]:
    """The versions of what gbterm requires."""
    try:
        required = metadata.requires("gbterm") or []
    except metadata.PackageNotFoundError:
        return {}
    found = {}
    for name in sorted({re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in required}):
        with suppress(metadata.PackageNotFoundError):  # not every Python needs it
            found[name] = metadata.version(name)
    return found


def _terminal() -> dict[str, Any]:
    size = shutil.get_terminal_size((0, 0))
    environment = {
        name: "set" if name in _PRIVATE else os.environ[name]
        for name in _TERMINAL
        if name in os.environ
    }
    return {
        **environment,
        "columns": size.columns,
        "rows": size.lines,
        "is_terminal": sys.stdout.isatty(),
        "encoding": locale.getpreferredencoding(False),
        "over_ssh": "SSH_CONNECTION" in os.environ,
    }


def put_config(archive: Archive) -> None:
    """What each file of the configuration holds, and what is wrong with it."""
    told = {str(path): _read(path) for path in paths.config_files()}
    archive.put_json("config.json", "the configuration, as far as it is no secret", told)


def _read(path: Path) -> Any:
    try:
        text = config_file.text_of(path)
        return public(tomllib.loads(text)) if text else "empty, or not there"
    except (GbtermError, ValueError) as error:
        return f"can't be read: {error}"


def public(value: Any, *, address: bool = False) -> Any:
    """A table of the configuration without what may hold secrets.

    Arguments of programs are hidden, and of addresses what follows the host, unless it is an
    `address` of a printer.
    """
    if isinstance(value, dict):
        return {name: _member(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [public(item) for item in value]
    return _place(value, whole=address) if isinstance(value, str) and "://" in value else value


def _member(name: str, value: Any) -> Any:
    if name in _PROGRAMS and not isinstance(value, dict):
        words = value if isinstance(value, list) else str(value).split()
        return [*words[:1], *(HIDDEN for _ in words[1:])]
    if name == "printer" and isinstance(value, dict):
        return {inner: _printer(members) for inner, members in value.items()}
    return public(value)


def _printer(members: Any) -> Any:
    if not isinstance(members, dict):
        return public(members)
    given = {name: members[name] for name in ("url", "port") if name in members}
    return public(members) | {name: public(place, address=True) for name, place in given.items()}


def _place(text: str, *, whole: bool) -> str:
    """An address without names, passwords and queries; not even its path unless it is `whole`."""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    user = f"{HIDDEN}@" if "@" in parts.netloc else ""
    path = parts.path if whole or parts.path in ("", "/") else f"/{HIDDEN}"
    query = f"?{HIDDEN}" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{path}{query}"
