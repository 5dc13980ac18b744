"""How far a print may get before the journal says that it may be there.

What the journal says of a process that died must be true of lines that it sent in its last second,
too. So it notes a command that lies ahead, and none after that is sent before it is on the disk:
far enough ahead that a disk which takes its time keeps no print from going on.
"""

from __future__ import annotations

import math

LEAST_AHEAD = 1000
"""Commands: more than a serial line takes between two entries."""
AHEAD_S = 15.0
"""A disk may take so long, at the pace of before."""
ENOUGH_S, SHORT_S = AHEAD_S / 2, 2.0
"""A disk that keeps up leaves so much of it; where less than the latter is left, it doesn't."""
MEASURED_EVERY_S = 0.4
SLOWER = 0.95
"""How slowly a pace is forgotten: what is drawn in short moves comes in bursts."""


class Allowance:
    """Of one job, which begins after its command `begun`, at `now` by any clock in seconds."""

    def __init__(self, begun: int, now: float) -> None:
        # None before the disk knows of the print: whoever finds the heaters on must know why.
        self.up_to = begun
        """The last command that may be sent."""
        self._asked = begun + LEAST_AHEAD
        self._pace, self._sent, self._at = 0.0, begun, now

    def ask(self, sent: int, now: float) -> int:
        """What to note, while `sent` is the last command that was sent."""
        elapsed = now - self._at
        if elapsed >= MEASURED_EVERY_S:
            self._pace = max((sent - self._sent) / elapsed, self._pace * SLOWER)
            self._sent, self._at = sent, now
        ahead = max(LEAST_AHEAD, math.ceil(self._pace * AHEAD_S))
        self._asked = max(self._asked, sent + ahead)
        return self._asked

    def noted(self, command: int) -> None:
        """That `command` may be reached is on the disk."""
        self.up_to = max(self.up_to, command)

    def is_short(self, sent: int) -> bool:
        """Whether the print, which has sent its command `sent`, would soon have to wait."""
        return self.up_to - sent < self._pace * SHORT_S

    def is_ample(self, sent: int) -> bool:
        """Whether the disk keeps up with it."""
        return self.up_to - sent > self._pace * ENOUGH_S
