"""The keys that let clients in: made, listed, revoked, and recognised.

A key is 256 random bits, so its plain SHA-256 can stand in the file: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from gbterm import lock, whole_file
from gbterm.errors import ConfigError, UsageError

PREFIX = "gbterm_"
"""What a key begins with, so that whoever finds one knows what it is."""
KEYS_FIRST = (
    "other machines need a key; make one with gbterm key create NAME --scope operate, then serve"
    " again."
)
"""Why, and what to do, where another address than loopback is to be served without any key."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


class Scope(StrEnum):
    """What a client may do. Each lets it watch, ADMIN is all of them."""

    WATCH = "watch"
    OPERATE = "operate"
    FILES = "files"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored: everything but the key itself."""

    name: str
    scopes: tuple[Scope, ...]
    sha256: str
    created: str

    @property
    def allowed(self) -> frozenset[Scope]:
        """The scopes with those that they include."""
        return ALL_SCOPES if Scope.ADMIN in self.scopes else frozenset({*self.scopes, Scope.WATCH})


class Keys:
    """The keys in a file, read again whenever it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """Every key, in the order of creation. Raises `ConfigError` where the file is no good."""
        try:
            found = self._path.stat()
        except OSError:
            self._seen, self._keys = None, ()
            return ()
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._keys = ()
            self._keys, self._seen = _read(self._path, found.st_mode), seen
        return self._keys

    def find(self, secret: str) -> Key | None:
        """The key that `secret` is; it takes as long whichever that is, or none."""
        digest = _digest(secret)
        found = None
        for key in self.all():
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found

    def create(self, name: str, scopes: Iterable[Scope]) -> str:
        """A new key, which is told here and never again. Raises `UsageError`."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} is no name for a key; use up to 32 letters, digits, dots, dashes and"
                " underscores."
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        key = Key(name, tuple(sorted(set(scopes))), _digest(secret), created)
        with self._changing() as keys:
            if any(other.name == name for other in keys):
                raise UsageError(
                    f"There is a key {name!r} already; take another name, or revoke that one first."
                )
            keys.append(key)
        return secret

    def revoke(self, name: str) -> None:
        """Forget the key `name`. Raises `UsageError` where there is none."""
        with self._changing() as keys:
            left = [key for key in keys if key.name != name]
            if len(left) == len(keys):
                raise UsageError(f"There is no key {name!r}; gbterm key list names them.")
            keys[:] = left

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """The keys, to be changed in the block and then written; one process at a time."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = lock.take(self._path.with_suffix(".lock"))
        if held is None:
            raise UsageError("Another gbterm key changes the keys right now; try again.")
        try:
            keys = list(self.all())
            yield keys
            _write(self._path, keys)
        finally:
            held.remove()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _read(path: Path, mode: int) -> tuple[Key, ...]:
    if mode & 0o022:
        raise ConfigError(f"Others may write to {path}: see who did, then chmod 600 {path}.")
    try:
        return tuple(_key(members) for members in json.loads(path.read_text())["keys"])
    except OSError as error:
        raise ConfigError(f"{path} can't be read ({error.strerror}).") from error
    except (ValueError, TypeError, KeyError):
        raise ConfigError(
            f"{path} does not hold keys: remove it, then make them anew with gbterm key create."
        ) from None


def _key(members: dict[str, Any]) -> Key:
    scopes = tuple(Scope(scope) for scope in members["scopes"])
    sha256 = members["sha256"]
    if not (isinstance(sha256, str) and re.fullmatch(r"[0-9a-f]{64}", sha256)):
        raise ValueError
    return Key(str(members["name"]), scopes, sha256, str(members["created"]))


def _write(path: Path, keys: list[Key]) -> None:
    members = [
        {"name": key.name, "scopes": key.scopes, "sha256": key.sha256, "created": key.created}
        for key in keys
    ]
    whole_file.write(path, json.dumps({"keys": members}, indent=1) + "\n", mode=0o600)
