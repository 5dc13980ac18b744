"""What the board says: lines that take time to print and leave at their time."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable
from operator import itemgetter


class Output:
    """The transmitting side; printing blocks the main loop as on a board without TX buffer."""

    def __init__(self, byte_time: float = 0.0) -> None:
        self.byte_time = byte_time
        self.now = 0.0
        self.free_at = 0.0  # until then the main loop is busy printing
        self.tamper: Callable[[str, float], list[tuple[float, str]]] | None = None
        self._lines: deque[tuple[float, bytes]] = deque()

    def line(self, text: str) -> None:
        """Print one line."""
        at = self.free_at if self.free_at > self.now else self.now
        if self.byte_time:
            at += (len(text) + 1) * self.byte_time
            self.free_at = at
        if self.tamper is None:
            self._leave(at, text)
            return
        for when, changed in self.tamper(text, at):
            self._leave(when, changed)

    def _leave(self, at: float, text: str) -> None:
        line = at, text.encode("latin-1") + b"\n"
        if self._lines and self._lines[-1][0] > at:
            # It passes what a fault holds back.
            insort(self._lines, line, key=itemgetter(0))
        else:
            self._lines.append(line)

    def block(self, seconds: float) -> None:
        """Keep the main loop busy, what is printed next comes after that."""
        self.free_at = max(self.free_at, self.now) + seconds

    def take(self, now: float) -> bytes:
        """All that has left the board by now."""
        lines = self._lines
        if not lines or lines[0][0] > now:
            return b""
        taken = []
        while lines and lines[0][0] <= now:
            taken.append(lines.popleft()[1])
        return b"".join(taken)

    def next_time(self, now: float) -> float | None:
        """When the next line leaves; now if one is ready to be taken."""
        return max(now, self._lines[0][0]) if self._lines else None

    def discard(self) -> None:
        """Forget what has not left yet (reset)."""
        self._lines.clear()
        self.free_at = self.now
