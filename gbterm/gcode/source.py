"""A file that is being read, and refused as soon as its bytes show that it is no G-code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gbterm.errors import FileRefused
from gbterm.text import scrub

_KNOWN = re.compile(rb"[GMTgmt] *\d")
_FORMATS = {
    b"\x1f\x8b": "is compressed: unpack it first (gunzip)",
    b"PK\x03\x04": "is a ZIP archive (3MF?): slice it, or unpack it first",
    b"GCDE": "is binary G-code: switch that off in the slicer and slice again",
    b"\xff\xfe": "is UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text: save it as UTF-8",
}


@contextmanager
def opened(path: Path, name: str = "") -> Iterator[Source]:
    """The file at `path`, which the user calls `name`. Raises `FileRefused`, also at the end."""
    name = scrub(name or path.name, 60)
    try:
        with path.open("rb") as file:
            source = Source(file, name)
            yield source
    except FileNotFoundError:
        raise FileRefused(f"{name} does not exist.") from None
    except OSError as error:
        raise FileRefused(f"{name} can't be read: {error.strerror}.") from None
    source.end()


class Source:
    """Reads as a file does and sees all the bytes; tell it of the commands that it held."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name, self.is_known = name, False
        """`is_known` says whether a command was seen that a printer knows."""
        self.bytes = 0
        self._file, self._newlines, self._returns, self._last = file, 0, 0, b""
        self._any = False
        self._hash = hashlib.sha256()

    @property
    def lines(self) -> int:
        """As an editor counts them."""
        return self._newlines + self._returns + (self._last not in (b"\n", b"\r"))

    @property
    def sha256(self) -> str:
        """In hexadecimal, of what was read."""
        return self._hash.hexdigest()

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end. Raises `FileRefused`."""
        chunk = self._file.read(size)
        if not self.bytes:
            self._see_start(chunk)
        if b"\0" in chunk:
            line = self._newlines + chunk.partition(b"\0")[0].count(b"\n") + 1
            raise FileRefused(
                f"{self.name} is no G-code: line {line} holds a NUL byte, so this is a binary or "
                "damaged file. Choose a sliced file, or slice again."
            )
        self._count_lines(chunk)
        self.bytes += len(chunk)
        self._hash.update(chunk)
        return chunk

    def see(self, command: bytes) -> None:
        """One of its commands; no more are needed once `is_known`."""
        self._any = True
        self.is_known = self.is_known or _KNOWN.match(command) is not None

    def end(self) -> None:
        """All was read and seen. Raises `FileRefused` where that was nothing to print."""
        if not self.bytes:
            raise FileRefused(f"{self.name} is empty.")
        if self._any and not self.is_known:
            raise FileRefused(
                f"{self.name} is no G-code: none of its lines is a command that a printer knows."
            )

    def _count_lines(self, chunk: bytes) -> None:
        """Count LF, and each CR that no LF follows."""
        self._newlines += chunk.count(b"\n")
        self._returns += chunk.count(b"\r") - chunk.count(b"\r\n")
        if self._last == b"\r" and chunk.startswith(b"\n"):
            self._returns -= 1
        self._last = chunk[-1:] or self._last

    def _see_start(self, chunk: bytes) -> None:
        for magic, remedy in _FORMATS.items():
            if chunk.startswith(magic):
                raise FileRefused(f"{self.name} {remedy}.")
