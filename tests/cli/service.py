"""`gbterm` commands that stay: in the foreground, or on a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

WITHIN_S = 90.0


class Service:
    """A `gbterm` command that stays in the foreground."""

    def __init__(self, gbterm: Shell, *argv: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gbterm", *argv],
            env=gbterm.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> str:
        """Its line that begins with READY."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], WITHIN_S)[0]
        line = self.process.stdout.readline()
        assert line.startswith("READY "), self.end()
        return line

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it said on standard error."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=WITHIN_S)
        return self.process.returncode, said


def start(gbterm: Shell, *argv: str) -> tuple[Service, str]:
    service = Service(gbterm, "serve", "--listen", "127.0.0.1:0", *argv)
    return service, service.ready()


class Screen:
    """`gbterm` on a terminal of its own."""

    def __init__(self, gbterm: Shell, *argv: str) -> None:
        self.seen = b""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            environment = gbterm.env | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
            os.execve(sys.executable, [sys.executable, "-m", "gbterm", *argv], environment)

    def wait_for(self, text: bytes) -> None:
        deadline = time.monotonic() + WITHIN_S
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen[-2000:]
            assert self._read(), self.seen[-2000:]

    def press(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def leave(self) -> int:
        """Its exit code, once its screen is closed."""
        while self._read():
            pass
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self) -> bool:
        if not select.select([self._terminal], [], [], WITHIN_S)[0]:
            return False
        with suppress(OSError):  # the other side is closed
            self.seen += (new := os.read(self._terminal, 65536))
            return bool(new)
        return False
