"""Is the nozzle where the file says? A check that trusts no checksum.

Every now and then the board is asked for its position between two lines of the file (M114 tells
where the planner will end), and the answer is compared with where the file's lines up to there
lead. It is asked twice in a row, so that one damaged answer can't pause a print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.gcode.whereabouts import Place
from gbterm.model import Position

EVERY_S = 10.0
TOLERANCE_MM = 0.02
"""M114 gives two decimals."""

_ENDSTOPS = re.compile(
    r"Min: *X(-?[\d.]+) Y(-?[\d.]+) Z(-?[\d.]+) +Max: *X(-?[\d.]+) Y(-?[\d.]+) Z(-?[\d.]+)"
)

SoftEndstops = tuple[tuple[float, float], ...]
"""The least and the most of X, Y and Z in mm, where Marlin's soft endstops stop a move."""

UNKNOWN_ENDSTOPS: SoftEndstops = ((0.0, float("inf")),) * 3


@dataclass(slots=True, eq=False)
class PositionQuery(Outgoing):
    """An M114 between two lines of the file: what it must find, and what it found."""

    expected: Place | None = None
    found: Position | None = None


class Audit:
    """Of one job, on a board with these soft endstops."""

    def __init__(self, endstops: SoftEndstops, now: float) -> None:
        self._endstops = endstops
        self._asked_at = now
        self._first: PositionQuery | None = None
        self._over = False

    def questions(self, now: float) -> tuple[PositionQuery, ...]:
        """What to send now, in a row; nothing while it isn't time."""
        if self._over or now - self._asked_at < EVERY_S:
            return ()
        self._asked_at, self._first = now, None
        return PositionQuery(b"M114"), PositionQuery(b"M114")

    def judge(self, query: PositionQuery) -> str:
        """What is wrong, in words, once both answers say so; the job isn't audited after that."""
        wrong = self._difference(query)
        first, self._first = self._first, query
        if not wrong or first is None or first.found != query.found:
            return ""
        if first.expected != query.expected:
            return ""
        self._over = True
        return wrong

    def _difference(self, query: PositionQuery) -> str:
        """The first axis that isn't where it must be, in words; empty where all are."""
        if query.expected is None or query.found is None:
            return ""
        *axes, slack = query.expected
        found = (query.found.x, query.found.y, query.found.z, query.found.e)
        for index, (value, is_at) in enumerate(zip(axes, found, strict=True)):
            if value is None or is_at is None:
                continue
            if not self._fits(index, value, is_at, TOLERANCE_MM + slack * (index == _E)):
                return f"{'XYZE'[index]} is at {is_at:.2f} instead of {value:.2f} mm"
        return ""

    def _fits(self, index: int, value: float, is_at: float, allowed: float) -> bool:
        if abs(is_at - value) <= allowed:
            return True
        if index == _E:
            return False
        least, most = self._endstops[index]
        return abs(is_at - min(max(value, least), most)) <= allowed


_E = 3


def soft_endstops(replies: tuple[str, ...]) -> SoftEndstops:
    """What M211 says: `Soft endstops: ON  Min:  X0.00 Y0.00 Z0.00   Max:  X200.00 …` in Marlin
    2.0.9, on two lines in later ones. Without it a negative position counts as out of reach."""
    match = _ENDSTOPS.search(" ".join(replies))
    if match is None:
        return UNKNOWN_ENDSTOPS
    numbers = [float(number) if number.count(".") < 2 else 0.0 for number in match.groups()]
    return tuple(zip(numbers[:3], numbers[3:], strict=True))
