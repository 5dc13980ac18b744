"""What is counted of one board's stream; in the path of every line, so it is no more than sums."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

DAMAGED_AT_MOST, DAMAGED_AMONG = 3, 1000


@dataclass(slots=True)
class Tally:
    """Counts since the port was opened."""

    lines_sent: int = 0
    """With those that were sent again, and the host's own."""
    bytes_sent: int = 0
    oks: int = 0
    resends: int = 0
    """How often the board asked for a line again."""
    errors: Counter[str] = field(default_factory=Counter)
    """By their kind, see `model.StreamStatistics`."""


class Damage:
    """Whether too many of the lines that were sent last had to be sent again."""

    def __init__(self) -> None:
        self.at_most = DAMAGED_AT_MOST
        self._damaged: deque[int] = deque()

    def forget(self) -> None:
        """A new board."""
        self._damaged.clear()

    def count(self, lines_sent: int) -> int:
        """One more of the `lines_sent` was damaged; how many were of late, once it is too many."""
        damaged = self._damaged
        damaged.append(lines_sent)
        while damaged[0] <= lines_sent - DAMAGED_AMONG:
            damaged.popleft()
        if len(damaged) <= self.at_most:
            return 0
        found = len(damaged)
        damaged.clear()
        return found
