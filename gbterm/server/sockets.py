"""The files of a server in its run directory: its lock, its unix socket, its notice."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from gbterm import lock, whole_file
from gbterm.host.hosts import NOTICE, SERVER_LOCK
from gbterm.lock import Lock

SOCKET = "server.sock"


def take_lock(run_dir: Path) -> Lock | None:
    """The lock that makes this the only server of the host; None where another holds it."""
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return lock.take(run_dir / SERVER_LOCK)


def bind_unix(path: Path, mode: int) -> socket.socket:
    """A unix socket at `path`, in place of what was left there. Only for who holds the lock."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~mode)  # no moment in which others could connect
    try:
        listener.bind(os.fspath(path))
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def identity(path: Path) -> tuple[int, int] | None:
    """Which file is at `path`, to see whether it is still ours; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def write_notice(run_dir: Path, notice: dict[str, Any]) -> None:
    """Say in `server.json` that clients may connect, and where."""
    whole_file.write(run_dir / NOTICE, json.dumps(notice) + "\n", is_lasting=False)
