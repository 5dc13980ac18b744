"""Variables of the environment that say what an option says, as containers have them.

That of the option `--key-file` is `GBTERM_KEY_FILE`. One that is empty is not set.
"""

from __future__ import annotations

import os
from pathlib import Path

from gbterm.errors import UsageError

OF_OPTIONS = {
    "port": "the printer on this serial port",
    "baud": "the speed of GBTERM_PORT, or of the port of GBTERM_PRINTER",
    "url": "the printer behind this server",
    "printer": "a printer of the configuration",
    "key": "the key that a server asks for, where its printer's configuration names no file for it",
    "key_file": "a file with that key",
    "tls_ca": "a file of who vouches for a server's certificate",
    "listen": "the address where a host serves clients, HOST:PORT",
    "data": "the directory of the file library",
    "config": "the file to read in place of ~/.config/gbterm/config.toml",
}
"""What each of them is."""


def variable(option: str) -> str:
    """The name of the one that says what the option does."""
    return f"GBTERM_{option.upper()}"


def value(option: str) -> str:
    """What it says, nothing where it is not set."""
    return os.environ.get(variable(option), "").strip()


def full_path(option: str) -> Path | None:
    """The path that it is, None where it is not set. Raises `UsageError`."""
    given = value(option)
    if given and not given.startswith("/"):
        raise UsageError(f"{variable(option)} must be a full path, as /data, not {given!r}.")
    return Path(given) if given else None


def refuse(option: str, error: Exception) -> UsageError:
    """The error that says by which variable something was asked that can't be done."""
    return UsageError(f"{variable(option)}: {error}")
