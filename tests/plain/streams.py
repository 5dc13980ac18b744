"""A terminal that takes one line after the other, and what may be written to it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITHIN_S = 90.0
OWN = ("LANG", "LC_ALL", "LC_CTYPE", "TERM", "NO_COLOR")
WITH_ITS_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Runs a command whose keys become signals."""


def environment(**wanted: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    return kept | {"TERM": "dumb", "LC_ALL": "C.UTF-8"} | wanted


def assert_lines(data: bytes) -> None:
    """Nothing that a terminal acts on: no line is ever drawn again."""
    text = data.replace(b"\r\n", b"\n")  # the terminal's own doing
    assert set(re.findall(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", text)) == set()


class Terminal:
    """A program that talks in lines, on a pty."""

    def __init__(self, *command: str, **environ: str) -> None:
        self.line, self.end = pty.openpty()
        self.before = termios.tcgetattr(self.end)
        self.program = subprocess.Popen(
            [sys.executable, "-c", WITH_ITS_TERMINAL, *command],
            stdin=self.end,
            stdout=self.end,
            stderr=self.end,
            cwd=ROOT,
            env=environment(**environ),
            start_new_session=True,
        )
        self.data, self._read = b"", 0

    def shows(self, text: str) -> None:
        """Wait until `text` was written after what was waited for last."""
        while (found := self.data.find(text.encode(), self._read)) < 0:
            ready, _, _ = select.select([self.line], [], [], WITHIN_S)
            assert ready, f"no {text!r} in {self.data[self._read :]!r}"
            self.data += os.read(self.line, 65536)
        self._read = found + len(text.encode())

    def types(self, keys: bytes) -> None:
        os.write(self.line, keys)

    def ends(self) -> int:
        """The exit code."""
        return self.program.wait(WITHIN_S)

    def close(self) -> None:
        self.program.kill()
        self.program.wait()
        for fd in (self.line, self.end):
            if fd >= 0:
                os.close(fd)
