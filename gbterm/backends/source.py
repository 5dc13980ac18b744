"""A file of this machine's disk on its way to a library: its bytes, and what they come to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gbterm.errors import FileRefused
from gbterm.text import scrub


class Source:
    """The file at `path`, as it is while this is open. Its methods block.

    They raise `FileRefused` where it can't be read or was changed meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        with self._refusals():
            self._file = path.open("rb")
            self._stamp = self._stat()
        self.size = self._stamp[0]
        self._hash, self._hashed = hashlib.sha256(), 0

    def read(self, offset: int, size: int) -> bytes:
        """The bytes from `offset` on, `size` of them but at the end.

        Nothing that was never read may lie before them.
        """
        with self._refusals():
            self._file.seek(offset)
            data = self._file.read(min(size, self.size - offset))
        if len(data) < min(size, self.size - offset):
            raise self._changed()
        self._hash.update(data[self._hashed - offset :])
        self._hashed = max(self._hashed, offset + len(data))
        return data

    def sha256(self) -> str:
        """In hexadecimal, of the whole file, once all of it was read."""
        with self._refusals():
            if self._stat() != self._stamp:
                raise self._changed()
        return self._hash.hexdigest()

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    def _stat(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def _changed(self) -> FileRefused:
        return FileRefused(
            f"{scrub(self.name, 60)} was changed while it was uploaded: wait until it is written, "
            "then upload it again."
        )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = scrub(self.name, 60)
            raise FileRefused(f"{name} can't be read: {error.strerror}.") from error
