"""Where a file leads the nozzle, in the machine's own coordinates, as far as the file tells.

The rules are those of `whereabouts`, which follows a print at its board: an axis is unknown as soon
as something may move it that can't be followed, until a line says again where it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gbterm.gcode.whereabouts import INCH, MACROS_M, MOVING_M, OWN_M, STILL_G

AXES = (b"X", b"Y", b"Z")
ALL = frozenset(AXES)
SHIFTED_G = range(53, 60)
"""Coordinate systems of the user's, which only the board knows."""
_words = re.compile(rb"([XYZEIJR]) *([-+]?(?:\d+\.?\d*|\.\d+))").findall
_letters = re.compile(rb"[A-Z]").findall

Words = dict[bytes, float]


def numbers(command: bytes) -> Words:
    """The letters of a move with their numbers."""
    return {letter: float(number) for letter, number in _words(command)}


class Course:
    """Fed with the commands of a file, in their order."""

    def __init__(self, *, g90_sets_e: bool) -> None:
        """`g90_sets_e` is whether G90 and G91 count for E, too."""
        self.at: list[float | None] = [None, None, None]
        self.shift: list[float | None] = [0.0, 0.0, 0.0]
        """What is added to a number of the file; G92 sets it, homing ends that."""
        self.e: float | None = 0.0
        self.unit = 1.0
        self.relative: bool | None = False
        self.relative_e: bool | None = False
        self.is_flat = True
        """Whether arcs lie in the XY plane."""
        self.homed: frozenset[bytes] = frozenset()
        self._g90_sets_e = g90_sets_e

    @property
    def is_plain(self) -> bool:
        """Whether a number of a move is where it leads, but for a shift."""
        return self.relative is False and self.unit == 1.0

    def move(self, words: Words) -> float:
        """Follow a move; by how much filament it feeds, 0 where that is unknown."""
        at, unit = self.at, self.unit
        for index, axis in enumerate(AXES):
            if axis not in words:
                continue
            ahead = at[index] if self.relative else self.shift[index]
            lost = self.relative is None or ahead is None
            at[index] = None if lost else ahead + words[axis] * unit  # type: ignore[operator]
        return self._fed(words[b"E"] * unit) if b"E" in words else 0.0

    def _fed(self, e: float) -> float:
        if self.relative_e is not False:
            self.e = None
            return e if self.relative_e else 0.0
        before, self.e = self.e, e
        return 0.0 if before is None else e - before

    def g(self, number: int, rest: bytes) -> None:
        """A G code that is no move."""
        if number in (20, 21):
            self.unit = INCH if number == 20 else 1.0
        elif number in (90, 91):
            self.relative = number == 91
            if self._g90_sets_e:
                self.relative_e = self.relative
        elif number == 92:
            self._call(numbers(rest))
        elif number == 28:
            self._home(ALL.intersection(_letters(rest)) or ALL)
        elif number in (17, 18, 19):
            self.is_flat = number == 17
        elif number in SHIFTED_G:
            self.at, self.shift = [None] * 3, [None] * 3
        elif number not in STILL_G:
            self.at = [None] * 3

    def m(self, number: int, rest: bytes) -> bool:
        """An M code; whether it changes any of that."""
        if number in (82, 83):
            self.relative_e = number == 83
        elif number in (18, 84):
            letters = set(_letters(rest))
            if not letters or letters & ALL:
                self.homed = frozenset()
        elif number in MACROS_M or number in OWN_M:
            self.lose()
        elif number in MOVING_M:
            self.at = [None] * 3
        else:
            return False
        return True

    def lose(self) -> None:
        """Something was done that can't be followed, and may have homed."""
        self.at, self.e, self.homed = [None] * 3, None, ALL
        self.relative = self.relative_e = None

    def _call(self, words: Mapping[bytes, float]) -> None:
        for index, axis in enumerate(AXES):
            if axis in words:
                at = self.at[index]
                self.shift[index] = None if at is None else at - words[axis] * self.unit
        if b"E" in words:
            self.e = words[b"E"] * self.unit

    def _home(self, axes: frozenset[bytes]) -> None:
        self.homed |= axes
        for index, axis in enumerate(AXES):
            if axis in axes:
                self.at[index], self.shift[index] = None, 0.0
