"""Who is alive: a lock file each for the printer process and the server of a host."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

PRINTER_LOCK, SERVER_LOCK = "printer.lock", "server.lock"


def take(path: Path) -> int | None:
    """Lock `path` for as long as this process lives; None where another one has it.

    Returns the descriptor, which no child inherits (Python opens with O_CLOEXEC).
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether a process that lives has locked `path`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
