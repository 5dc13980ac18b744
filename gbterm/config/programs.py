"""Programs of the configuration: commands that clients run by name, and hooks that hear of things.

A hook may be a server as well, which hears by HTTP. docs/hooks.md has what both are told.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gbterm.actions import HostCommand
from gbterm.config.table import Table
from gbterm.errors import ConfigError

LONGEST_TIMEOUT_S = 600.0
HOOK_EVENTS = (
    *("done", "failed", "cancelled", "paused", "prompt"),
    *("error", "disconnected", "reconnected"),
)
_HTTP = re.compile(r"https?://[^\s/?#]+(?:[/?]\S*)?")


@dataclass(frozen=True, slots=True)
class Program:
    """A command of the host: what clients know of it, and what is run, which they never do.

    `run` is a program with its full path and its arguments, run as the server's user, by no shell
    and with nothing that a client sends.
    """

    about: HostCommand
    run: tuple[str, ...]

    @classmethod
    def read(cls, name: str, table: Table) -> Program:
        """The table `[command.NAME]`. Raises `ConfigError`."""
        table.only(("run", "confirm", "safe", "timeout_s", "description"))
        words = run(table)
        about = HostCommand(
            name,
            table.question("confirm", f"Run the command {name}?"),
            table.words("description"),
            table.value("safe", bool, False),
            timeout_s(table, 60.0),
        )
        return cls(about, words)


@dataclass(frozen=True, slots=True)
class Hook:
    """What hears of `on`, some of `HOOK_EVENTS`: a program, or a server by HTTP at `url`."""

    name: str
    on: tuple[str, ...]
    run: tuple[str, ...] = ()
    url: str = field(default="", repr=False)
    """It may hold a secret, as those of chat services do."""
    timeout_s: float = 30.0
    tls_ca: str = ""
    """The file of who vouches for the certificate of `url`; empty for the system's authorities."""

    @classmethod
    def read(cls, name: str, table: Table) -> Hook:
        """The table `[hook.NAME]`. Raises `ConfigError`."""
        table.only(("on", "run", "url", "timeout_s", "tls_ca"))
        on: list[Any] = table.value("on", list, [])
        if not on or not all(event in HOOK_EVENTS for event in on):
            table.refuse("on", f"must be a list of some of: {', '.join(HOOK_EVENTS)}")
        url = table.value("url", str, "")
        if bool(url) == ("run" in table.members):
            table.refuse("", "needs either run or url" + (", not both" if url else ""))
        if url and not _HTTP.fullmatch(url):
            # Not said again: it may hold a secret.
            table.refuse("url", 'must be as "http://HOST/PATH" or "https://HOST/PATH"')
        tls_ca = ""
        if "tls_ca" in table.members:
            tls_ca = table.full_path("tls_ca")
            if not url.startswith("https:"):
                table.refuse("tls_ca", "goes with a url that begins with https:")
        words = () if url else run(table)
        return cls(name, tuple(dict.fromkeys(on)), words, url, timeout_s(table, 30.0), tls_ca)


def run(table: Table, name: str = "run") -> tuple[str, ...]:
    """The member `name`: a program with its arguments. Raises `ConfigError`."""
    words: list[Any] = table.value(name, list, [])
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        table.refuse(name, "must be a list of texts")
    if not words or not words[0].startswith("/"):
        table.refuse(name, 'must begin with the full path of a program, as ["/bin/true"]')
    _refuse_others(table.file.path)
    return tuple(words)


def _refuse_others(path: Path) -> None:
    """Raise `ConfigError` where others could have their programs run by writing to the file."""
    try:
        status = path.stat()
    except OSError:
        return  # it is still to be written
    if status.st_mode & stat.S_IWOTH:
        raise ConfigError(
            f"{path} names programs to run, and everybody may write to it: chmod o-w {path}"
        )
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigError(
            f"{path} names programs to run, and belongs to another user: chown it to the one who"
            " runs gbterm, or to root."
        )


def timeout_s(table: Table, usual: float, name: str = "timeout_s") -> float:
    """The member `name`: after how many seconds a program is killed. Raises `ConfigError`."""
    seconds = table.number(name) if name in table.members else usual
    if seconds > LONGEST_TIMEOUT_S:
        table.refuse(name, f"must be at most {LONGEST_TIMEOUT_S:g}")
    return seconds
