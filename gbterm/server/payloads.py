"""The files of the library, by names that no user gave.

A file under way is held by a lock of whoever writes it; one that nobody holds and no record names
was left by a crash, and goes at the next start.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gbterm.errors import WrongState
from gbterm.files import GcodeFile

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Payload:
    """A whole file that no record names yet; `sha256` in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What becomes a file of the library: with this name, and what `like` says of it."""

    payload: Payload
    name: str
    like: GcodeFile


class Draft:
    """A file under way, which no sweep takes away while it is open. Its methods block."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.size = path, 0
        self._file, self._hash = file, hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Add to the file. Raises `WrongState` for a full disk."""
        with full_disk_told():
            self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        """Of what was written so far, in hexadecimal."""
        return self._hash.hexdigest()

    def finish(self) -> Payload:
        """Have it on the disk, whatever comes."""
        with full_disk_told():
            self._file.flush()
            os.fsync(self._file.fileno())
        return Payload(self.path.name, self.size, self.sha256)

    def close(self) -> None:
        """Let go of it."""
        with suppress(OSError):  # what a full disk did not take
            self._file.close()


def new_draft(folder: Path) -> Draft:
    """A new file in `folder`."""
    path = folder / f"{uuid.uuid4().hex}.gcode"
    while True:
        file = path.open("xb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:
            file.close()
            raise
        if path.exists():
            return Draft(path, file)
        file.close()  # a sweep was quicker than our lock


def sweep(folder: Path, is_named: Callable[[str], bool]) -> None:
    """Remove what nobody holds and no record names."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not is_named(path.name):
                path.unlink()


def sync_directory(path: Path) -> None:
    """Have the names in it on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Raises `WrongState` in place of what a full disk raises."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        full = getattr(error, "errno", None) in _FULL
        full = full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if not full:
            raise
        raise WrongState(
            "The disk is full, so the file was not stored: delete files or make room, then try "
            "again."
        ) from error
