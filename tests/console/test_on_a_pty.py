"""The console on a real terminal device, where control characters could become signals."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60
TERMS = ("xterm-256color", "linux", "vt100", "screen")


class Terminal:
    """A program on a pty, what it has written, and the state that it left the line in."""

    def __init__(self, term: str, rows: int, columns: int) -> None:
        self.line, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(end)
        environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.console.alone"],
            stdin=end,
            stdout=end,
            stderr=end,
            cwd=ROOT,
            env={**environ, "TERM": term, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        self.end, self.written = end, b""

    def shows(self, text: str) -> None:
        """Wait until `text` was written after what was waited for last."""
        while text.encode() not in self.written:
            ready, _, _ = select.select([self.line], [], [], DEADLINE_S)
            assert ready, f"no {text!r} in {self.written[-2000:]!r}"
            self.written += os.read(self.line, 65536)
        self.written = self.written.partition(text.encode())[2]

    def types(self, keys: bytes) -> None:
        """Type."""
        os.write(self.line, keys)

    def close(self) -> None:
        """End whatever is left."""
        self.program.kill()
        self.program.wait()
        os.close(self.line)
        os.close(self.end)


@pytest.fixture(params=TERMS)
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """80x24, but a serial line: there the kernel knows no size."""
    size = (0, 0) if request.param == "vt100" else (24, 80)
    opened = Terminal(request.param, *size)
    yield opened
    opened.close()


def test_control_backslash_is_a_key_and_the_terminal_is_left_as_it_was(terminal: Terminal) -> None:
    terminal.shows("box.gcode")
    terminal.types(b"\x03\x1a")
    terminal.shows("Ctrl+C does nothing here.")
    terminal.types(b"\x1c")
    terminal.shows("STOPPED: the printer confirmed that it halted")
    terminal.types(b"\r")
    terminal.shows("ERROR")
    terminal.types(b"\x11")
    terminal.shows("None ESTOP")
    assert terminal.program.wait(DEADLINE_S) == 0
    assert termios.tcgetattr(terminal.end) == terminal.before


def test_leaving_a_print_says_so_on_standard_output(terminal: Terminal) -> None:
    terminal.shows("box.gcode")
    terminal.types(b"\x11")
    terminal.shows("Enter leaves")
    terminal.types(b"\r")
    terminal.shows("The print of box.gcode goes on without the console.")
    terminal.shows("NO-ESTOP")
    assert terminal.program.wait(DEADLINE_S) == 0
