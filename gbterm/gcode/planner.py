"""How long a Marlin board takes for moves: its planner, worked out without the board.

What is known of it is from Marlin's `planner.cpp`, `stepper.cpp` and `Configuration_adv.h`:

- a move is a trapezoid: it speeds up, keeps its speed and slows down with one acceleration;
- that is M204's for printing, for travel or for filament alone, less where an axis that moves has a
  lower one (M201), and so for its speed (M203);
- moves meet at a speed that the junction deviation allows (M205 J), for short moves in a bend that
  of the circle that they are on, or the jerk of each axis (M205 X Y Z E);
- each must be able to stop at the end of all that is queued: `BLOCK_BUFFER_SIZE` is 16, of which
  one stays free;
- a move from standstill makes its first step after a 120th of a second (`MINIMAL_STEP_RATE`).

`SLOWDOWN`, which stretches moves while the queue runs empty, is the cable's and not the file's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import acos, sqrt

from gbterm.firmware_settings import MotionLimits

QUEUED = 15
FIRST_STEP_S = 1 / 120
AT_ONCE = 2048
"""Moves that are worked out together: their speeds follow from those behind them."""
_STILL, _STRAIGHT = 0.999999, -0.999999
_BEND = -0.7071067812
"""Cosine between a move turned round and the next one: from 135° on the junction is one of an arc
(`JD_HANDLE_SMALL_SEGMENTS`)."""

LONGEST_MM = 1e6
"""A file may name any number; a move that is longer is none."""
_SENSIBLE = 1e-6, 1e9

Vector = tuple[float, float, float, float]
_NOWHERE: Vector = (0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class Limits:
    """How fast the axes X, Y, Z and E may go, in mm and seconds: Marlin's `Configuration.h`."""

    feed: list[float] = field(default_factory=lambda: [300.0, 300.0, 5.0, 25.0])
    acceleration: list[float] = field(default_factory=lambda: [3000.0, 3000.0, 100.0, 10000.0])
    printing: float = 3000.0
    retracting: float = 3000.0
    travelling: float = 3000.0
    jerk: list[float] | None = None
    """None where the junction deviation counts."""
    deviation: float = 0.013


def limits_of(told: MotionLimits | None) -> Limits:
    """Those that a board told, with the usual ones for what it left out."""
    limits = Limits()
    if told is None:
        return limits
    for values, given in ((limits.feed, told.feed), (limits.acceleration, told.acceleration)):
        values[:] = [sensible(given.get(a), v) for a, v in zip("XYZE", values, strict=True)]
    limits.printing = sensible(told.print_acceleration, limits.printing)
    limits.retracting = sensible(told.retract_acceleration, limits.retracting)
    limits.travelling = sensible(told.travel_acceleration, limits.printing)
    if told.junction_deviation:
        limits.deviation = sensible(told.junction_deviation, limits.deviation)
    elif told.jerk:
        limits.jerk = [sensible(told.jerk.get(axis), 10.0) for axis in "XYZE"]
    return limits


def sensible(value: float | None, otherwise: float) -> float:
    """A limit: Marlin takes nothing that isn't above 0."""
    least, most = _SENSIBLE
    return value if value is not None and least <= value <= most else otherwise


class Planner:
    """Add moves; `seconds` is what those took that are worked out."""

    def __init__(self, limits: Limits, on_room: Callable[[int, float], None]) -> None:
        """`on_room` is called with the mark of a move and when there is room for it, which is when
        the board acknowledges it."""
        self.limits, self.seconds = limits, 0.0
        self._on_room = on_room
        self._before: Vector = _NOWHERE
        self._speed_before = self._safe_before = 0.0
        self._entry = 0.0
        """Squared, of the first of the moves that wait; so are those in the next list."""
        self._most_entry: list[float] = []
        self._speed: list[float] = []
        self._acceleration: list[float] = []
        self._length: list[float] = []
        self._mark: list[int] = []

    def add(self, delta: Vector, feed: float, mark: int) -> None:
        """A move by so many mm of X, Y, Z and E, at most so many mm/s; marks never fall."""
        x, y, z, e = delta
        length = sqrt(x * x + y * y + z * z)
        turns = length > 1e-6
        if not turns:
            length = abs(e)
        if not (1e-6 < length < LONGEST_MM and abs(e) < LONGEST_MM):
            return
        x, y, z, e = unit = (x / length, y / length, z / length, e / length)
        limits = self.limits
        speed = feed
        if not turns:
            acceleration = limits.retracting
        else:
            acceleration = limits.printing if e else limits.travelling
        for part, fastest, most in zip(unit, limits.feed, limits.acceleration, strict=True):
            if part:
                share = part if part > 0 else -part
                if speed * share > fastest:
                    speed = fastest / share
                if acceleration * share > most:
                    acceleration = most / share
        if limits.jerk is None:
            if e:
                size = sqrt(1 + e * e) if turns else 1.0
                unit = (x / size, y / size, z / size, e / size)
            entry = self._deviating(unit, speed, acceleration, length)
        else:
            entry = self._jerking(unit, speed, limits.jerk)
        self._before, self._speed_before = unit, speed
        self._most_entry.append(entry)
        self._speed.append(speed)
        self._acceleration.append(acceleration)
        self._length.append(length)
        self._mark.append(mark)
        if len(self._mark) >= AT_ONCE:
            self._work_out(len(self._mark) - QUEUED)

    def rest(self) -> None:
        """All moves come to their end, as before a wait."""
        self._work_out(len(self._mark))
        self._before, self._speed_before, self._safe_before = _NOWHERE, 0.0, 0.0

    def _deviating(self, unit: Vector, speed: float, acceleration: float, length: float) -> float:
        """How fast at most the next move may begin, squared, by the junction deviation."""
        if not self._speed_before:
            return 0.0
        a, b, c, d = self._before
        x, y, z, e = unit
        cosine = -(a * x + b * y + c * z + d * e)
        slower = min(speed, self._speed_before)
        if cosine < _STRAIGHT:
            return slower * slower
        if cosine > _STILL:
            return 0.0
        turn = (x - a, y - b, z - c, e - d)
        size = sqrt(2 + 2 * cosine)
        for part, most in zip(turn, self.limits.acceleration, strict=True):
            share = (part if part > 0 else -part) / size
            if acceleration * share > most:
                acceleration = most / share
        sine = sqrt(0.5 * (1 - cosine))
        allowed = acceleration * self.limits.deviation * sine / (1 - sine)
        if length < 1 and cosine < _BEND:
            allowed = min(allowed, length * acceleration / acos(-cosine))
        return min(allowed, slower * slower)

    def _jerking(self, unit: Vector, speed: float, jerk: list[float]) -> float:
        """The same by the jerk of the axes, each of which may change its speed by so much."""
        safe = speed
        for part, most in zip(unit, jerk, strict=True):
            if part and (share := abs(part)) * safe > most:
                safe = most / share
        allowed = safe
        if before := self._speed_before:
            allowed = min(speed, before)
            factor = 1.0
            for part, other, most in zip(unit, self._before, jerk, strict=True):
                leaving, entering = other * allowed * factor, part * speed * factor
                if leaving * entering >= 0:
                    change = abs(leaving - entering)
                else:
                    change = max(abs(leaving), abs(entering))
                if change > most:
                    factor *= most / change
            allowed *= factor
            if self._safe_before > 0.99 * allowed and safe > 0.99 * allowed:
                allowed = safe
        self._safe_before = safe
        return allowed * allowed

    def _work_out(self, count: int) -> None:
        """The first `count` of the moves that wait get their speeds and times."""
        if count <= 0:
            return
        entries = self._entries()
        lengths, accelerations, speeds = self._length, self._acceleration, self._speed
        marks, seconds, entry = self._mark, self.seconds, self._entry
        last = len(marks) - 1
        begin = sqrt(entry)
        for at in range(count):
            length, acceleration, speed = lengths[at], accelerations[at], speeds[at]
            reach = 2 * acceleration * length
            leave = min(entries[at + 1], entry + reach)
            end = sqrt(leave)
            if entry <= 0:
                seconds += FIRST_STEP_S
            if 2 * speed * speed - entry - leave <= reach:
                ramps = (2 * speed * speed - entry - leave) / (2 * acceleration)
                seconds += (2 * speed - begin - end) / acceleration + (length - ramps) / speed
            else:
                peak = sqrt((reach + entry + leave) / 2)
                seconds += max(0.0, 2 * peak - begin - end) / acceleration
            if at + QUEUED <= last:
                self._on_room(marks[at + QUEUED], seconds)
            entry, begin = leave, end
        self._entry, self.seconds = entry, seconds
        for waiting in (self._most_entry, speeds, accelerations, lengths, marks):
            del waiting[:count]

    def _entries(self) -> list[float]:
        """How fast each of the moves that wait begins, squared, and a standstill after the last."""
        entries, reaches, so_far = [0.0], [0.0], 0.0
        for length, acceleration in zip(self._length, self._acceleration, strict=True):
            so_far += 2 * acceleration * length
            reaches.append(so_far)
        entry, last = 0.0, len(self._length)
        for at in range(last - 1, -1, -1):
            entry = min(
                entry + reaches[at + 1] - reaches[at],
                # It must be able to stop within what is queued.
                reaches[min(at + QUEUED, last)] - reaches[at],
                self._most_entry[at],
            )
            entries.append(entry)
        entries.reverse()
        entries[0] = self._entry
        return entries
