"""What is counted of one board's stream; in the path of every line, so it is no more than sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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
