"""Lock files that say who is alive: held until `release`, or until their process ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

TAKEN_WITHIN_S = 0.5
"""So long may another process hold it that lets go of it in a moment."""
LOOKED_AT_WITHIN_S = 10.0
"""Who only looks has it for an instant, and much longer where the machine lets it stand there."""
TRY_EVERY_S = 0.01


class Lock:
    """A file that this process has locked, until `release` or its end. No child inherits it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    def keep(self) -> bool:
        """Lock the path anew where its file was removed or replaced; never waits.

        False while another process has the new file: then the path is not ours. Raises OSError.
        """
        if _is_at(self._path, self._descriptor):
            return True
        descriptor = _try(self._path)
        if descriptor is None:
            return False
        os.close(self._descriptor)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Let another process have it, and leave no file behind."""
        if _is_at(self._path, self._descriptor):
            self._path.unlink(missing_ok=True)
        self.release()


def take(path: Path) -> Lock | None:
    """Lock `path`; None where another process has it. Blocks for up to `TAKEN_WITHIN_S`, or for up
    to `LOOKED_AT_WITHIN_S` where somebody only looks at it."""
    began = time.monotonic()
    while (descriptor := _try(path)) is None:
        waited_s = time.monotonic() - began
        if waited_s > (TAKEN_WITHIN_S if is_held(path) else LOOKED_AT_WITHIN_S):
            return None
        time.sleep(TRY_EVERY_S)
    return Lock(path, descriptor)


def is_held(path: Path) -> bool:
    """Whether a process that lives has locked `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _try(path: Path) -> int | None:
    # Others of the group may see whether it is held, where they may enter its folder.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    if not _is_at(path, descriptor):
        # Removed in between: a lock that nobody else can see.
        os.close(descriptor)
        return None
    return descriptor


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
