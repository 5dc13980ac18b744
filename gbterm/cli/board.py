"""The demo's virtual board: a simulator of its own that outlives the console, as a board would."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm.errors import LinkError

if TYPE_CHECKING:
    import subprocess

SPEED = 20
"""Quick enough to see a print grow, slow enough to pause it."""
READY_WITHIN_S = 20.0
END_WITHIN_S = 5.0
LOOK_EVERY_S = 0.05


class Board:
    """The simulator whose port is `link`.

    It holds a lock for as long as it lives, so that the process number written into the locked
    file is its own and no stranger's.
    """

    def __init__(self, folder: Path) -> None:
        self.link = folder / "tty"
        self._folder = folder
        self._lock = folder / "simulator.lock"
        self._log = folder / "simulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it detached, unless it runs. Raises LinkError where it can't be started."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock.open("a+") as lock:
            if _locked(lock.fileno()):
                self.link.unlink(missing_ok=True)
                self._process = self._spawn(lock.fileno())
                lock.truncate(0)
                lock.write(str(self._process.pid))
        self._wait()

    def stop(self) -> None:
        """End it, if it runs, and wait until it has ended."""
        with suppress(FileNotFoundError, ProcessLookupError), self._lock.open() as lock:
            if not _locked(lock.fileno()):
                os.kill(int(lock.read()), signal.SIGTERM)
                deadline = time.monotonic() + END_WITHIN_S
                while not _locked(lock.fileno()) and time.monotonic() < deadline:
                    time.sleep(LOOK_EVERY_S)
        if self._process is not None:
            self._process.wait(END_WITHIN_S)

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        import subprocess

        command = [sys.executable, "-m", "gbterm", "simulate"]
        command += ["--link", str(self.link), "--speed", str(SPEED), "--reset-on-open"]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
                cwd="/",
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.link.exists():
            if self._process is not None and self._process.poll() is not None:
                raise LinkError(f"The virtual printer ended at once; {self._log} says why.")
            if time.monotonic() > deadline:
                raise LinkError(f"The virtual printer did not start; {self._log} says why.")
            time.sleep(LOOK_EVERY_S)


def _locked(descriptor: int) -> bool:
    """Take the lock, if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
