"""The space that a printer's nozzle has, and whether a place lies in it."""

from __future__ import annotations

import math

from gbterm.findings import Measures

TOLERANCE_MM = 0.01
"""So far outside counts as inside: slicers round."""
NEAR_MM = (10.0, 10.0, 0.5)
"""So far outside along X, Y and Z files lead on purpose: to wipe the nozzle beside the bed, or to
press the first layer down."""
Bounds = tuple[float, float]


class Space:
    """Of a printer; an axis of which nothing is known has all that there is."""

    def __init__(self, measures: Measures) -> None:
        self.bounds = tuple(_bounds(axis) for axis in (measures.x, measures.y, measures.z))
        """Of X, Y and Z, in mm, tolerance included."""
        self.known = tuple(bool(axis) for axis in (measures.x, measures.y, measures.z))
        self.is_round = measures.round and self.known[0] and self.known[1]
        self._said = (measures.x, measures.y, measures.z)
        (left, right), (front, back) = self.bounds[:2]
        self._center = ((left + right) / 2, (front + back) / 2) if self.is_round else (0.0, 0.0)
        self._radius = min(right - left, back - front) / 2

    def is_near(self, axis: int, place: float) -> bool:
        """Whether a place outside is hardly so, as files may mean it."""
        low, high = self.bounds[axis]
        return low - NEAR_MM[axis] <= place <= high + NEAR_MM[axis]

    def is_on_bed(self, x: float, y: float) -> bool:
        """Whether a place is on a round bed; on others its axes tell."""
        if not self.is_round:
            return True
        return math.hypot(x - self._center[0], y - self._center[1]) <= self._radius

    def holds(self, x: Bounds | None, y: Bounds | None) -> bool:
        """Whether all places between these are on a round bed; False where one isn't known."""
        if x is None or y is None:
            return False
        return all(self.is_on_bed(one, other) for one in x for other in y)

    def words(self, axis: int) -> str:
        """From where to where the axis goes."""
        low, high = self._said[axis]
        return f"{low:g} to {high:g} mm"


def _bounds(axis: tuple[float, ...]) -> Bounds:
    if not axis:
        return -math.inf, math.inf
    return axis[0] - TOLERANCE_MM, axis[1] + TOLERANCE_MM
