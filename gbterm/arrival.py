"""A file on its way to this machine's disk: whole, or not there."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gbterm.errors import NeedsConfirmation, PrinterError, UsageError
from gbterm.text import scrub

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""What filesystems say that know no hard links, as those of memory cards."""


class Arrival:
    """Grows beside `path` and takes its place once it is whole. Its methods block.

    They raise `UsageError` where the disk takes it not, and `NeedsConfirmation` for a file that is
    there already, unless `replaces`. `close` it, whatever comes of it.
    """

    def __init__(self, path: Path, *, replaces: bool = False) -> None:
        self._path, self._replaces = path, replaces
        self._refuse_loss()
        self._beside = path.with_name(f".gbterm-{uuid.uuid4().hex}.part")
        with self._refusals():
            self._file = self._beside.open("xb")
        self._hash, self.size = hashlib.sha256(), 0

    def make_room(self, size: int) -> None:
        """Look whether the disk takes so many bytes."""
        with self._refusals():
            disk = os.statvfs(self._path.parent)
            if size > disk.f_bavail * disk.f_frsize:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, data: bytes) -> None:
        """Add to it."""
        with self._refusals():
            self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self, sha256: str | None) -> None:
        """Put it in its place. Raises `PrinterError` for another than one of this SHA-256.

        None where its sender tells none.
        """
        if sha256 is not None and self._hash.hexdigest() != sha256:
            raise PrinterError("The file arrived otherwise than it was sent: try again.")
        self._refuse_loss()
        with self._refusals():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._move()

    def close(self) -> None:
        """Let go of it, and remove what has not become a file."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._beside.unlink(missing_ok=True)

    def _move(self) -> None:
        if not self._replaces:
            try:
                # A rename would replace what came there a moment ago.
                os.link(self._beside, self._path)
            except FileExistsError:
                self._refuse_loss()
                raise
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
            else:
                return
        self._beside.replace(self._path)

    def _refuse_loss(self) -> None:
        if not self._replaces and os.path.lexists(self._path):
            raise NeedsConfirmation(f"{scrub(str(self._path))} is there already. Replace it?")

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = scrub(str(self._path))
            raise UsageError(f"{path} can't be written: {error.strerror}.") from error
