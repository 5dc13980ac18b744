"""The demo's virtual board: a simulator of its own that outlives the console, as a board would."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm import lock
from gbterm.errors import LinkError
from gbterm.simulator.link import lock_of, owner

if TYPE_CHECKING:
    import subprocess

SPEED = 20
"""Quick enough to see a print grow, slow enough to pause it."""
READY_WITHIN_S = 60.0
END_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


class Board:
    """The simulator whose port is `link`."""

    def __init__(self, folder: Path) -> None:
        self.link = folder / "tty"
        self._folder = folder
        self._log = folder / "simulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it detached, unless it runs. Raises LinkError where it can't be started."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if owner(self.link) is None:
            self._process = self._spawn()
        self._wait()

    def stop(self) -> None:
        """End it, if it runs, and wait until it has ended."""
        deadline = time.monotonic() + END_WITHIN_S
        while lock.is_held(lock_of(self.link)) and time.monotonic() < deadline:
            number = owner(self.link)
            if number is not None:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGTERM)
            time.sleep(LOOK_EVERY_S)
        if self._process is not None:
            self._process.wait(END_WITHIN_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
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
                cwd="/",
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while owner(self.link) is None or not self.link.exists():
            if self._process is not None and self._has_failed(self._process):
                raise LinkError(f"The virtual printer ended at once; {self._log} says why.")
            if time.monotonic() > deadline:
                raise LinkError(f"The virtual printer did not start; {self._log} says why.")
            time.sleep(LOOK_EVERY_S)

    def _has_failed(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it ended, and not because another one was quicker."""
        return process.poll() is not None and not lock.is_held(lock_of(self.link))
