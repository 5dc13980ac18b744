"""Is the nozzle where the file says? A check that trusts no checksum.

Every now and then the board is asked for its position between two lines of the file (M114 tells
where the planner will end), and the answer is compared with where the file's lines up to there
lead. It is asked twice, so that one damaged answer can't pause a print, and between that for its
soft endstops, which G92 and a change of tool shift.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.gcode.whereabouts import FLOAT, Place, Spot
from gbterm.model import Position

EVERY_S = 10.0
TOLERANCE_MM = 0.02
"""M114 gives two decimals."""

_ENDSTOPS = re.compile(
    r"Min: *X(-?[\d.]+) Y(-?[\d.]+) Z(-?[\d.]+) +Max: *X(-?[\d.]+) Y(-?[\d.]+) Z(-?[\d.]+)"
)

SoftEndstops = tuple[tuple[float, float], ...]
"""The least and the most of X, Y and Z in mm, where Marlin's soft endstops stop a move."""


@dataclass(slots=True, eq=False)
class PositionQuery(Outgoing):
    """An M114 between two lines of the file: what it must find, and what it found."""

    expected: Place | None = None
    found: Position | None = None


@dataclass(slots=True, eq=False)
class WhereMoved(Outgoing):
    """An M114 behind a move or a homing that somebody asked for."""

    before: Position = field(default_factory=Position)
    """Where the head was when that was asked for."""
    is_told: bool = False
    """Whether a position came meanwhile: its answer, or a report that came by itself just then."""

    def is_back(self, now: Position) -> bool:
        """Whether the head is `now` where it was before, an axis that was unknown being at 0, so
        that nothing else tells of the move."""
        return not self.is_told and all(
            (getattr(self.before, axis) or 0) == (getattr(now, axis) or 0) for axis in "xyz"
        )


class Audit:
    """Of one job."""

    def __init__(self, now: float) -> None:
        self._asked_at = now
        self._first = PositionQuery(b"M114")
        self._limits = Outgoing(b"M211")
        self._handled = 0
        self._over = False

    def questions(self, now: float) -> tuple[Outgoing, ...]:
        """What to send now, in a row; nothing while it isn't time."""
        if self._over or now - self._asked_at < EVERY_S:
            return ()
        self._asked_at = now
        self._first = PositionQuery(b"M114")
        self._limits = Outgoing(b"M211", replies=[])
        return self._first, self._limits, PositionQuery(b"M114")

    def handled(self, command: int) -> None:
        """Somebody was at the printer after the file's `command`: it is asked soon. Filament may
        have been loaded, so where E is is unknown until a later command says so."""
        self._handled, self._asked_at = command, float("-inf")

    def judge(self, query: PositionQuery) -> str:
        """What is wrong, in words, once both answers say so; the job isn't audited after that."""
        first = self._first
        if query is first or first.found != query.found or first.expected != query.expected:
            return ""
        wrong = self._difference(query)
        self._over = bool(wrong)
        return wrong

    def _difference(self, query: PositionQuery) -> str:
        """The first axis that isn't where it must be, in words; empty where all are."""
        if query.expected is None or query.found is None:
            return ""
        limits = soft_endstops(tuple(self._limits.replies or ()))
        found = (query.found.x, query.found.y, query.found.z, query.found.e)
        for index, (spot, is_at) in enumerate(zip(query.expected, found, strict=True)):
            if spot is None or is_at is None:
                continue
            rounded = spot.slack + abs(spot.value) * FLOAT
            if abs(is_at - spot.value) <= TOLERANCE_MM + rounded:
                continue
            sure = spot.told > self._handled
            if index != _E:
                sure = limits is not None and _within(query.expected, index, limits)
            if sure:
                return f"{'XYZE'[index]} is at {is_at:.2f} instead of {spot.value:.2f} mm"
        return ""


_E = 3


def _within(place: Place, index: int, limits: SoftEndstops) -> bool:
    """Whether no soft endstop can have stopped the axis on its way to its spot."""
    x, y, spot = place[0], place[1], place[index]
    least, most = limits[index]
    if spot is None or spot.least < least or spot.most > most:
        return False
    radius = limits[0][1]
    if limits[0][0] != -radius:
        return True
    # A delta's bed, perhaps, where a move that ends outside the circle is drawn in on all axes.
    return x is not None and y is not None and math.hypot(_far(x), _far(y)) <= radius


def _far(spot: Spot) -> float:
    return max(-spot.least, spot.most)


def soft_endstops(replies: tuple[str, ...]) -> SoftEndstops | None:
    """What M211 says: `Soft endstops: ON  Min:  X0.00 Y0.00 Z0.00   Max:  X200.00 …` in Marlin
    2.0.9, on two lines in later ones. None where a firmware doesn't know it."""
    match = _ENDSTOPS.search(" ".join(replies))
    if match is None:
        return None
    numbers = [float(number) if number.count(".") < 2 else 0.0 for number in match.groups()]
    return tuple(zip(numbers[:3], numbers[3:], strict=True))
