"""What a client shows to a server: a key, which is never written where others could see it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from gbterm import environment, paths, whole_file
from gbterm.errors import UsageError

VARIABLE = environment.variable("key")
HIDDEN = "[hidden]"
"""What stands for what nobody may read over a shoulder."""
_KEY = re.compile(r"[!-~]{1,1024}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key or none, and the file of the authority that vouches for a server's certificate."""

    key: str = field(default="", repr=False)
    tls_ca: str = ""
    key_from: str = field(default="", compare=False)
    """The file or the variable that the key was read from."""

    def hide(self, text: str) -> str:
        """`text` without the key, however it is written in there."""
        for key in {self.key, json.dumps(self.key)[1:-1], quote(self.key, safe="")} - {""}:
            text = text.replace(key, HIDDEN)
        return text


def read(key_file: str, tls_ca: str, *, unasked: bool = False) -> Credentials:
    """With the key in `key_file`, or by the environment where none is named. Raises UsageError.

    What is shown `unasked` is no key of the environment, which names no server.
    """
    if key_file:
        path = Path(key_file).expanduser()
        return Credentials(_in_file(path), tls_ca, str(path))
    if unasked:
        return Credentials("", tls_ca)
    key, key_file = environment.value("key"), environment.value("key_file")
    if key and key_file:
        raise UsageError(
            f"{VARIABLE} and {VARIABLE}_FILE are set: only one of them can be the key."
        )
    if key_file:
        return _by_variable(key_file, tls_ca)
    if key and not _KEY.fullmatch(key):
        raise UsageError(f"{VARIABLE} holds no key; take what gbterm key create printed.")
    return Credentials(key, tls_ca, VARIABLE if key else "")


def _by_variable(key_file: str, tls_ca: str) -> Credentials:
    try:
        return Credentials(_in_file(Path(key_file)), tls_ca, key_file)
    except UsageError as error:
        raise environment.refuse("key_file", error) from error


def _in_file(path: Path) -> str:
    try:
        key = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise UsageError(f"The key can't be read from {path}: {error.strerror}.") from error
    if not _KEY.fullmatch(key):
        raise UsageError(f"{path} holds no key; write what gbterm key create printed.")
    return key


def checked(key: str) -> str:
    """A key as a person typed it. Raises UsageError."""
    if not _KEY.fullmatch(key):
        raise UsageError("That is no key: type what gbterm key create printed.")
    return key


def file_of(name: str) -> Path:
    """Where the key of the server of that name is kept."""
    label = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "server"
    return paths.user_config().parent / "keys" / label


def write(path: Path, key: str) -> None:
    """Keep a key for its owner alone. Blocks. Raises UsageError."""
    try:
        whole_file.write(path, f"{key}\n", mode=0o600)
    except OSError as error:
        raise UsageError(f"The key can't be kept in {path}: {error.strerror}.") from error
