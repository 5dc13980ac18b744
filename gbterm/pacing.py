"""How long a jog takes, and how much of it may be under way while a key is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, sqrt

from gbterm.connection import Machine

MOST_S = 1.0
"""Of motion that is under way, so that the head stops so soon after the key."""
HEARD_WITHIN_S = 10.0
"""After that a printer tells of no positions."""
TOP_MM_S = {"x": 100.0, "y": 100.0, "z": 5.0, "e": 5.0}
ACCELERATION_MM_S2 = {"x": 500.0, "y": 500.0, "z": 100.0, "e": 500.0}
"""What hardly a board is below, whatever it is asked for: a host isn't told how quick one is, and
motion that takes less than it was taken for harms nobody."""


def top_speeds(machine: Machine | None) -> Mapping[str, float]:
    """The highest feed rates in mm/s by axis: those of its profile, for others `TOP_MM_S`."""
    told = (machine.feed_max_mm_s if machine else None) or {}
    return TOP_MM_S | {axis: rate for axis, rate in told.items() if rate > 0}


def seconds(
    distances: Mapping[str, float],
    rate_mm_s: float,
    speed_percent: float = 100.0,
    top_mm_s: Mapping[str, float] = TOP_MM_S,
) -> float:
    """How long a straight move by `distances` in mm takes from standstill to standstill."""
    length = sqrt(sum(distance * distance for distance in distances.values()))
    if not length:
        return 0.0
    parts = {axis: abs(distance) / length for axis, distance in distances.items() if distance}
    asked = max(rate_mm_s * speed_percent / 100, 0.01)
    speed = min(asked, *(top_mm_s[axis] / part for axis, part in parts.items()))
    acceleration = min(ACCELERATION_MM_S2[axis] / part for axis, part in parts.items())
    if length < speed * speed / acceleration:
        return 2 * sqrt(length / acceleration)
    return length / speed + speed / acceleration


class Pacer:
    """Lets a motion begin where that is the only one, or makes up `MOST_S` with what is under way.

    None begins before the printer took the last one: a motion behind a homing would not end for
    long. `clock` is in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends = -inf
        self._asked: tuple[float, float] | None = None

    def admits(self, motion_s: float) -> bool:
        """Whether a motion of so long may be asked for now."""
        now = self._clock()
        if self._asked is not None:
            if now < self._asked[1] + HEARD_WITHIN_S:
                return False
            self.taken()
        left = self._ends - now
        return left <= 0 or left + motion_s <= MOST_S

    def ask(self, motion_s: float) -> None:
        """The printer is asked for a motion."""
        self._asked = motion_s, self._clock()

    def taken(self) -> None:
        """The printer took what it was asked for, if it was: it comes after what is under way."""
        if self._asked is not None:
            now = self._clock()
            self._ends = max(self._ends, now) + self._asked[0]
            self._asked = None

    def refused(self) -> None:
        """What the printer was asked for it will not do."""
        self._asked = None
