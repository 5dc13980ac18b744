"""A console at the end of a line that may be cut, as sshd starts it."""

from __future__ import annotations

import os
import re
import sys

from tests.console.terminal import Terminal
from tests.endtoend.house import House

AS_SSHD_DOES = (
    "import fcntl, runpy, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "runpy.run_module('gbterm', run_name='__main__', alter_sys=True)"
)
"""With a controlling terminal, whose end is told to the console by SIGHUP."""
PERCENT = re.compile(r"[█░] +(\d+) %(?!\?)")
"""Beside the bar of a print; marked where it is not known to be true any more."""


class Seat(Terminal):
    """The console on the printer of `house`."""

    def __init__(self, house: House, size: tuple[int, int] = (80, 24)) -> None:
        xdg = {name: value for name, value in house.environment.items() if name.startswith("XDG_")}
        super().__init__(
            *("--port", str(house.tty)),
            command=(sys.executable, "-c", AS_SSHD_DOES),
            size=size,
            term="xterm-256color",
            bytes_per_s=0,
            **xdg,
        )
        self.size = size

    @property
    def percent(self) -> int | None:
        """How far the print is, by what the screen says for certain."""
        found = PERCENT.search("\n".join(self.screen.lines))
        return int(found[1]) if found else None

    @property
    def is_over(self) -> bool:
        """Whether the program has ended."""
        return self.program.poll() is not None

    def take_all(self) -> None:
        """Read what was written so far."""
        while not self.is_over and self.read(0.0):
            pass

    def hang_up(self) -> None:
        """Cut the line. Nothing more can be read."""
        os.close(self.line)
        os.close(self.end)
