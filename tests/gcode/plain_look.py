"""A second way to look at a file: as simple and as slow as can be, one line after the other.

It shares no code with gbterm's. It tells the lines of each kind of finding; those that are about a
command as it stands it leaves to the tests of each.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from tests.independent_gcode import Canonical, canonical

AXES = "XYZ"
ARC_STEPS = 3600
HARMLESS_G = {4, 17, 18, 19, 60, 80}
MOVING_M = {0, 1, 25, 125, 600, 603, 701, 702, 48, 401, 402, 420, 421, 428, 206, 290, 500, 501, 502}


@dataclass
class PlainLook:
    """`bounds` are of X, Y and Z; None where an axis has none."""

    bounds: tuple[tuple[float, float] | None, ...]
    nozzles: int = 1
    nozzle_max: float = 300
    found: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    at: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(AXES))
    shift: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(AXES, 0.0))
    e: float | None = 0.0
    unit: float = 1.0
    relative: bool = False
    relative_e: bool = False
    flat: bool = True
    homed: set[str] = field(default_factory=set)
    targets: dict[int, float] = field(default_factory=dict)
    tool: int = 0
    least: float = 170.0
    told_cold: bool = False
    told_unhomed: bool = False

    def see(self, number: int, line: str) -> None:
        command = canonical(line)
        letter, digits = command.code[:1], command.code[1:]
        if not digits.isdigit():
            return
        code = int(digits)
        if letter == "G" and code < 4:
            self.move(number, code, command)
        elif letter == "G":
            self.g(code, command)
        elif letter == "M":
            self.m(number, code, command)
        else:
            self.use(number, code)
            self.tool, self.told_cold = code, False
            self.at = dict.fromkeys(AXES)

    def use(self, number: int, tool: int) -> None:
        if tool >= self.nozzles:
            self.found["tool", f"T{tool}"].append(number)

    def g(self, code: int, command: Canonical) -> None:
        words = numbers(command)
        if code in (20, 21):
            self.unit = 25.4 if code == 20 else 1.0
        elif code in (90, 91):
            self.relative = self.relative_e = code == 91
        elif code in (17, 18, 19):
            self.flat = code == 17
        elif code == 28:
            for axis in [axis for axis in AXES if axis in command.words] or AXES:
                self.homed.add(axis)
                self.at[axis], self.shift[axis] = None, 0.0
        elif code == 92:
            for axis in AXES:
                if axis in words:
                    at = self.at[axis]
                    self.shift[axis] = None if at is None else at - words[axis] * self.unit
            if "E" in words:
                self.e = words["E"] * self.unit
        elif code not in HARMLESS_G:
            self.at = dict.fromkeys(AXES)

    def m(self, number: int, code: int, command: Canonical) -> None:
        words = numbers(command)
        if code in (82, 83):
            self.relative_e = code == 83
        elif code in (18, 84) and (not command.words or set(command.words) & set(AXES)):
            self.told_unhomed &= not self.homed
            self.homed.clear()
        elif code == 302:
            self.least = 0.0 if words.get("P") else words.get("S", self.least)
            self.told_cold = False
        elif code in (104, 109):
            target = max((words[word] for word in "SR" if word in words), default=None)
            tool = int(words.get("T", self.tool))
            if target is not None:
                self.targets[tool if self.nozzles > 1 else 0] = target
                if target > self.nozzle_max:
                    self.found["too_hot", "nozzle"].append(number)
                if "T" in words:
                    self.use(number, tool)
            self.told_cold = False
        elif code in MOVING_M:
            self.at = dict.fromkeys(AXES)

    def move(self, number: int, code: int, command: Canonical) -> None:
        words, before = numbers(command), dict(self.at)
        wrong = set()
        for index, axis in enumerate(AXES):
            if axis in words:
                ahead = self.at[axis] if self.relative else self.shift[axis]
                self.at[axis] = None if ahead is None else ahead + words[axis] * self.unit
                wrong |= self.outside(index, self.at[axis])
        if code > 1 and self.flat:
            bulge = set()
            for point in self.bulge(before, words, clockwise=code == 2):
                for index, place in enumerate(point):
                    ends = [before[AXES[index]] or 0.0, self.at[AXES[index]] or 0.0]
                    found = self.outside(index, place)
                    if place > min(ends) - 1e-9:
                        found -= {f"{AXES[index]} low", f"{AXES[index]} low near"}
                    if place < max(ends) + 1e-9:
                        found -= {f"{AXES[index]} high", f"{AXES[index]} high near"}
                    bulge |= found
            # Who is far outside was near it on the way.
            wrong |= {key for key in bulge if key.removesuffix(" near") not in bulge - {key}}
        for key in wrong:
            self.found["bounds", key].append(number)
        self.feed(number, words)

    def outside(self, index: int, place: float | None) -> set[str]:
        bounds = self.bounds[index]
        if bounds is None or place is None:
            return set()
        low, high, near = bounds[0] - 0.01, bounds[1] + 0.01, (10.0, 10.0, 0.5)[index]
        if place < low:
            return {f"{AXES[index]} low{'' if place < low - near else ' near'}"}
        if place > high:
            return {f"{AXES[index]} high{'' if place > high + near else ' near'}"}
        return set()

    def bulge(
        self, before: dict[str, float | None], words: dict[str, float], *, clockwise: bool
    ) -> list[tuple[float, float]]:
        """Points between the ends of an arc that is given by its centre."""
        x, y, to_x, to_y = before["X"], before["Y"], self.at["X"], self.at["Y"]
        if x is None or y is None or to_x is None or to_y is None:
            return []
        i, j = words.get("I", 0.0) * self.unit, words.get("J", 0.0) * self.unit
        if not i and not j:
            return []
        begin = math.atan2(-j, -i)
        end = math.atan2(to_y - y - j, to_x - x - i)
        way = (end - begin) % math.tau
        if math.hypot(to_x - x, to_y - y) < 1e-6:
            way = math.tau
        elif clockwise:
            way -= math.tau
        angles = (begin + way * step / ARC_STEPS for step in range(1, ARC_STEPS))
        radius = math.hypot(i, j)
        return [(x + i + radius * math.cos(a), y + j + radius * math.sin(a)) for a in angles]

    def feed(self, number: int, words: dict[str, float]) -> None:
        if "E" not in words:
            return
        e = words["E"] * self.unit
        if self.relative_e:
            fed, self.e = e, None
        else:
            fed, self.e = (0.0 if self.e is None else e - self.e), e
        if fed <= 1e-6:
            return
        target = self.targets.get(self.tool if self.nozzles > 1 else 0, 0.0)
        if target < self.least and not self.told_cold:
            self.told_cold = True
            self.found["cold", ""].append(number)
        if ("X" in words or "Y" in words) and self.homed != set(AXES) and not self.told_unhomed:
            self.told_unhomed = True
            self.found["not_homed", ""].append(number)


def numbers(command: Canonical) -> dict[str, float]:
    """The letters that have a number."""
    return {letter: float(v) for letter, v in command.words.items() if isinstance(v, Decimal)}
