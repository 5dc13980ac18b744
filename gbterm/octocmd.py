"""octocmd's configuration, a JSON object: the printer that its scripts mean.

    {"OctoPrint_URL": "http://192.168.1.4:5000", "OctoAPI_KEY": "0123456789ABCDEF"}

The user's file counts, `~/.octocmd.conf`, else the system's, `/etc/octocmd.conf`. Nothing here is
said with the key in it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

from gbterm import credentials
from gbterm.address import check_url
from gbterm.credentials import Credentials
from gbterm.errors import ConfigError, UsageError

NAME = "octocmd"
"""What the printer is called."""
URL, KEY = "OctoPrint_URL", "OctoAPI_KEY"
LONGEST_FILE = 64 * 1024
"""In bytes."""
_EXAMPLE = f'{{"{URL}": "http://192.168.1.4", "{KEY}": "..."}}'


def files() -> tuple[Path, Path]:
    """The user's file and the system's; the first that exists counts."""
    return Path.home() / f".{NAME}.conf", Path(f"/etc/{NAME}.conf")


def load() -> tuple[str, Credentials] | None:
    """The address of the server and what it is shown; None without a file. Raises ConfigError."""
    for path in files():
        try:
            with path.open("rb") as file:
                content = file.read(LONGEST_FILE + 1)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise ConfigError(
                f"{path} can't be read ({error.strerror}); mend its permissions or remove it."
            ) from error
        return _read(path, content)
    return None


def _read(path: Path, content: bytes) -> tuple[str, Credentials]:
    try:
        told = json.loads(content.decode("utf-8-sig")) if len(content) <= LONGEST_FILE else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        _refuse(path, f"is no JSON object; write it as {_EXAMPLE}")
    url, key = told.get(URL), told.get(KEY, "")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or "@" in url:
        _refuse(path, f"needs {URL}, an address as http://192.168.1.4:5000")
    if not isinstance(key, str):
        _refuse(path, f"must hold {KEY} as a text in quotes")
    try:
        check_url(url)
        shown = credentials.checked(key.strip()) if key.strip() else ""
    except UsageError:
        shown = None
    if shown is None:
        _refuse(path, f"must hold an address as {URL}, and as {KEY} what OctoPrint gave as a key")
    return url, Credentials(shown, key_from=str(path) if shown else "")


def _refuse(path: Path, what: str) -> NoReturn:
    raise ConfigError(f"{path} {what}.")
