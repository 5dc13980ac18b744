"""Arcs in the XY plane, as Marlin's G2 and G3 define them (`G2_G3.cpp`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

FARTHEST_MM = 1e5
CHORD_MM = 0.02
"""So far from an arc may its chords be."""
MOST_CHORDS = 720

Flat = tuple[float, float]


class Arc(NamedTuple):
    """Part of a circle in mm; angles in radians, `sweep` is below zero with the clock."""

    center: Flat
    radius: float
    begin: float
    sweep: float

    def at(self, angle: float) -> Flat:
        """The point of the circle at `angle`."""
        x, y = self.center
        return x + self.radius * math.cos(angle), y + self.radius * math.sin(angle)

    def chords(self, longest_mm: float | None = None) -> Iterator[Flat]:
        """The points between its ends from which chords lead to the next.

        They are `longest_mm` apart, or else so that the eye sees an arc.
        """
        if longest_mm is None:
            step = max(2 * math.acos(1 - min(1.0, CHORD_MM / self.radius)), math.tau / MOST_CHORDS)
        else:
            step = longest_mm / self.radius
        chords = min(math.ceil(abs(self.sweep) / step), MOST_CHORDS)
        for number in range(1, chords):
            yield self.at(self.begin + self.sweep * number / chords)

    def turning_points(self) -> Iterator[Flat]:
        """Where it goes farthest along X or Y between its ends, and where it ends on the circle,
        which is beside its last point where the numbers don't fit."""
        yield self.at(self.begin + self.sweep)
        quarter = math.tau / 4
        low, high = sorted((self.begin, self.begin + self.sweep))
        for number in range(math.ceil(low / quarter), math.floor(high / quarter) + 1):
            yield self.at(number * quarter)


def arc(
    start: Sequence[float], end: Sequence[float], sizes: Mapping[bytes, float], clockwise: bool
) -> Arc | None:
    """The arc from `start` to `end`; `sizes` are I, J and R in mm.

    None where there is none: Marlin takes the straight way, or refuses it.
    """
    measures = (*start[:2], *end[:2], *sizes.values())
    is_sane = all(abs(measure) <= FARTHEST_MM for measure in measures)
    center = _center(start, end, sizes, clockwise) if is_sane else None
    if center is None:
        return None
    x, y = start[0] - center[0], start[1] - center[1]
    begin = math.atan2(y, x)
    sweep = (math.atan2(end[1] - center[1], end[0] - center[0]) - begin) % math.tau
    if math.dist(start[:2], end[:2]) < 1e-6:
        sweep = 0.0 if clockwise else math.tau
    if clockwise:
        sweep -= math.tau
    return Arc(center, math.hypot(x, y), begin, sweep)


def _center(
    start: Sequence[float], end: Sequence[float], sizes: Mapping[bytes, float], clockwise: bool
) -> Flat | None:
    if (radius := sizes.get(b"R")) is not None:
        half_x, half_y = (end[0] - start[0]) / 2, (end[1] - start[1]) / 2
        half = math.hypot(half_x, half_y)
        if not radius or not half:
            return None
        # To the right of the way for a short arc with the clock, else to the left.
        rise = math.sqrt(max(0.0, radius**2 - half**2)) / half
        side = -rise if clockwise != (radius < 0) else rise
        return start[0] + half_x - side * half_y, start[1] + half_y + side * half_x
    i, j = sizes.get(b"I", 0.0), sizes.get(b"J", 0.0)
    return (start[0] + i, start[1] + j) if math.hypot(i, j) > 1e-9 else None
