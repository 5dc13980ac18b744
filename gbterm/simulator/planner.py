"""Moves on their way: a queue of 16 blocks with look-ahead and real durations."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import sqrt

BLOCKS = 16  # BLOCK_BUFFER_SIZE; one stays free
FIRST_MOVE_DELAY = 0.1  # BLOCK_DELAY_FOR_1ST_MOVE: waits for a third block that long
JUNCTION_DEVIATION = 0.01
MIN_SPEED = 0.05
# The recorded stepper interrupt ran slightly slower than asked for.
STRETCH = 1.004
# From standstill the first step comes at MINIMAL_STEP_RATE, 120 Hz, before any acceleration.
FIRST_STEP = 1 / 120

Position = list[float]


@dataclass
class Limits:
    """Per axis X, Y, Z, E; M201, M203, M204 and M205 change them."""

    feed: list[float] = field(default_factory=lambda: [300.0, 300.0, 5.0, 25.0])
    acceleration: list[float] = field(default_factory=lambda: [3000.0, 3000.0, 100.0, 10000.0])
    print_acceleration: float = 3000.0
    retract_acceleration: float = 3000.0
    travel_acceleration: float = 3000.0
    min_segment_time: float = 0.02


class Block:
    """One straight move."""

    __slots__ = (
        "acceleration",
        "distance",
        "end",
        "entry",
        "max_entry",
        "speed",
        "start",
        "unit",
    )

    def __init__(self, start: Position, end: Position, distance: float, unit: Position) -> None:
        self.start = start
        self.end = end
        self.distance = distance
        self.unit = unit
        self.speed = 0.0
        self.acceleration = 0.0
        self.entry = 0.0
        self.max_entry = 0.0

    def duration(self, leave: float) -> float:
        """How long the trapezoid from `entry` to `leave` takes."""
        enter, accel, speed = self.entry, self.acceleration, self.speed
        ramps = (2 * speed * speed - enter * enter - leave * leave) / (2 * accel)
        if ramps <= self.distance:
            time = (2 * speed - enter - leave) / accel + (self.distance - ramps) / speed
        else:
            peak = sqrt((2 * accel * self.distance + enter * enter + leave * leave) / 2)
            if peak < enter or peak < leave:  # the look-ahead came too late to slow down
                return 2 * self.distance / (enter + leave)
            time = (2 * peak - enter - leave) / accel
        return time * STRETCH + (FIRST_STEP if enter <= MIN_SPEED else 0.0)


class Planner:
    """Holds the moves that have been accepted and says when each one ends."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.position: Position = [0.0, 0.0, 0.0, 0.0]  # where the last accepted move ends
        self._blocks: deque[Block] = deque()
        self._started = 0.0
        self._ends = 0.0
        self._running = False
        self._hold_until = 0.0

    @property
    def free(self) -> int:
        """The P of an advanced ok: 15 when nothing moves."""
        return BLOCKS - 1 - len(self._blocks)

    @property
    def busy(self) -> bool:
        """Whether a move is under way or waiting."""
        return bool(self._blocks)

    def next_time(self) -> float | None:
        """When a move ends or starts."""
        if not self._blocks:
            return None
        return self._ends if self._running else self._hold_until

    def add(self, target: Position, feed: float, now: float) -> None:
        """Accept a move to the target; there must be a free block."""
        start = self.position
        dx, dy, dz, de = (b - a for a, b in zip(start, target, strict=True))
        distance = sqrt(dx * dx + dy * dy + dz * dz) or abs(de)
        if distance < 1e-6:
            self.position = target
            return
        block = Block(
            start, target, distance, [dx / distance, dy / distance, dz / distance, de / distance]
        )
        self._limit(block, feed)
        self.position = target
        if not self._blocks:
            self._hold_until = now + FIRST_MOVE_DELAY
        else:
            block.max_entry = self._junction(self._blocks[-1], block)
        self._blocks.append(block)
        self._look_ahead()
        if not self._running and len(self._blocks) >= 3:
            self._hold_until = min(self._hold_until, now)

    def _limit(self, block: Block, feed: float) -> None:
        limits = self.limits
        ux, uy, uz, ue = (abs(part) for part in block.unit)
        speed = max(feed, MIN_SPEED)
        queued = len(self._blocks)
        if 2 <= queued < BLOCKS // 2:
            # SLOWDOWN (planner.cpp): stretch short moves while the buffer is nearly empty.
            time = block.distance / speed
            if time < limits.min_segment_time:
                time += 2 * (limits.min_segment_time - time) / queued
                speed = block.distance / time
        if not ue:
            accel = limits.travel_acceleration
        elif ux or uy or uz:
            accel = limits.print_acceleration
        else:
            accel = limits.retract_acceleration
        for part, top, most in zip((ux, uy, uz, ue), limits.feed, limits.acceleration, strict=True):
            if part:
                if speed * part > top:
                    speed = top / part
                if accel * part > most:
                    accel = most / part
        block.speed = speed
        block.acceleration = accel

    @staticmethod
    def _junction(before: Block, after: Block) -> float:
        speed = min(before.speed, after.speed)
        a, b = before.unit, after.unit
        cosine = -(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
        if cosine < -0.999999:
            return speed
        if cosine > 0.999999 or not (any(a[:3]) and any(b[:3])):
            return MIN_SPEED
        sine = sqrt((1 - cosine) / 2)
        accel = min(before.acceleration, after.acceleration)
        return min(speed, sqrt(accel * JUNCTION_DEVIATION * sine / (1 - sine)))

    def _look_ahead(self) -> None:
        """Raise entry speeds backwards from the newest block, then bound them forwards."""
        blocks = self._blocks
        first = 1 if self._running else 0  # a running block is not planned again
        leave = MIN_SPEED
        changed = len(blocks)
        for index in range(len(blocks) - 1, first - 1, -1):
            block = blocks[index]
            entry = min(
                block.max_entry, sqrt(leave * leave + 2 * block.acceleration * block.distance)
            )
            if index < len(blocks) - 1 and abs(entry - block.entry) < 1e-9:
                break
            block.entry = leave = entry
            changed = index
        for index in range(max(changed, 1), len(blocks)):
            before = blocks[index - 1]
            most = sqrt(before.entry**2 + 2 * before.acceleration * before.distance)
            if blocks[index].entry <= most:
                continue
            blocks[index].entry = most

    def advance(self, now: float) -> None:
        """Finish and start all that is due."""
        while self._blocks:
            if self._running:
                if self._ends > now:
                    return
                self._blocks.popleft()
                self._running = False
                if not self._blocks:
                    return
                self._start(self._ends)
            elif self._hold_until <= now:
                self._start(self._hold_until)
            else:
                return

    def _start(self, at: float) -> None:
        block = self._blocks[0]
        leave = self._blocks[1].entry if len(self._blocks) > 1 else MIN_SPEED
        self._started = at
        self._ends = at + block.duration(leave)
        self._running = True

    def where(self, now: float) -> Position:
        """Where the head is, in the middle of a move too."""
        if not self._blocks:
            return list(self.position)
        block = self._blocks[0]
        if not self._running:
            return list(block.start)
        share = min(1.0, max(0.0, (now - self._started) / (self._ends - self._started)))
        return [a + share * (b - a) for a, b in zip(block.start, block.end, strict=True)]

    def stop(self, now: float) -> None:
        """Drop every move where it is."""
        self.position = self.where(now)
        self._blocks.clear()
        self._running = False
