"""A program on a pty whose screen is read as a person reads it, and whose bytes are counted."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from itertools import chain, combinations, pairwise
from pathlib import Path

from gbterm.keymap import SCREENS
from gbterm.terminal import LARGEST
from tests.vt import Vt

ROOT = Path(__file__).parents[2]
DEADLINE_S = 90
SIZE = (80, 24)
PIECE_S = 0.02
F_KEYS = {f"F{n}": b"\x1bO%c" % (b"P"[0] + n - 1) for n in range(1, 5)}
F_KEYS |= {
    f"F{n}": b"\x1b[%d~" % c for n, c in zip(range(5, 10), (15, 17, 18, 19, 20), strict=True)
}
KEYS = {screen.name: F_KEYS[screen.shown] for screen in SCREENS}
"""What a terminal sends for the key of each screen."""
OWN = ("COLUMNS", "LINES", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "COLORFGBG")


class Terminal:
    """The console of `tests.console.alone`, or another command, on a pty.

    `size` is what the kernel says of it; 0x0 is a serial line. With `bytes_per_s` it is read no
    quicker. `environ` adds to the environment.
    """

    def __init__(
        self,
        *words: str,
        term: str = "xterm",
        size: tuple[int, int] = SIZE,
        command: tuple[str, ...] = (sys.executable, "-m", "tests.console.alone"),
        bytes_per_s: int = 0,
        **environ: str,
    ) -> None:
        self.line, self.end = pty.openpty()
        columns, rows = size
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.end)
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        self.program = subprocess.Popen(
            [*command, *words],
            stdin=self.end,
            stdout=self.end,
            stderr=self.end,
            cwd=ROOT,
            env={**kept, "LC_ALL": "C.UTF-8"} | environ | {"TERM": term},
            start_new_session=True,
        )
        self.screen = Vt(
            *(min(pair) for pair in zip(size if all(size) else SIZE, LARGEST, strict=True))
        )
        self.pace = bytes_per_s
        self.bytes = 0
        """How many the program has written."""

    def read(self, for_s: float) -> bool:
        """Take what was written; False where nothing came for so long."""
        ready, _, _ = select.select([self.line], [], [], for_s)
        if not ready:
            return False
        data = os.read(self.line, int(self.pace * PIECE_S) or 65536)
        time.sleep(len(data) / self.pace if self.pace else 0)
        self.bytes += len(data)
        self.screen.feed(data)
        return True

    def until(self, done: Callable[[], bool], why: str) -> None:
        """Read until something is true."""
        deadline = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < deadline, f"no {why} on\n" + "\n".join(self.screen.lines)
            self.read(1.0)

    def shows(self, *texts: str) -> None:
        """Wait until the screen shows all of `texts`."""
        self.until(lambda: all(text in self.screen.words for text in texts), repr(texts))

    def rests(self, quiet_s: float = 0.7) -> None:
        """Read until nothing is written any more."""
        while self.read(quiet_s):
            pass

    def costs(self, quiet_s: float = 0.7) -> int:
        """How many bytes come until the screen rests, `shows` before that included."""
        self.rests(quiet_s)
        spent, self.bytes = self.bytes, 0
        return spent

    def tour(self) -> Iterator[tuple[str, str, int]]:
        """Change from each screen to each other; between which, and how many bytes it cost."""
        tabs = {screen.name: f"[{screen.shown} {screen.tab}" for screen in SCREENS}
        names = list(tabs)
        # Back and forth between two: a b a c a d, b c b d, c d, and from the last to the first.
        walk = chain(*combinations(names, 2), names[:1])
        for start, goal in pairwise(walk):
            if start != goal:
                self.bytes = 0
                self.types(KEYS[goal])
                self.shows(tabs[goal])
                yield start, goal, self.costs(0.3)

    def types(self, keys: bytes) -> None:
        """Type."""
        os.write(self.line, keys)

    def ends(self) -> int:
        """Read until the program has ended; returns its exit code."""
        self.until(lambda: self.program.poll() is not None, "end")
        self.rests(0.1)
        return self.program.wait()

    def close(self) -> None:
        """End whatever is left."""
        self.program.kill()
        self.program.wait()
        os.close(self.line)
        os.close(self.end)
