"""What a file's moves come to: filament, tools, the space that is printed in, layers.

Followed as Marlin does, but for what a slicer never writes: an arc counts by its ends, and nothing
is known of the board, so the head starts at zero.
"""

from __future__ import annotations

import math
import re

LONGEST = 256
"""Bytes of a command that are looked at; Marlin takes fewer than a hundred."""
MOST_TOOLS = 16
LEAST_LAYER_MM = 0.04
"""A layer is higher than the one below by more; less is a spiral vase on its way."""
_INCH = 25.4

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)"
_words = re.compile(rb"([XYZE]) *(%b)" % _NUMBER).findall
_CODE = re.compile(rb"([GMT])0*(\d{1,5})(?![\d.])")
# Nearly every line of a file, so it is read apart from the others.
_plain = re.compile(
    rb"G[01](?: F%b)?(?: X(%b))?(?: Y(%b))?(?: Z(%b))?(?: E(%b))?(?: F%b)?\s*" % ((_NUMBER,) * 6)
).fullmatch

Point = tuple[float, float, float]
_ORIGIN: Point = (0.0, 0.0, 0.0)


class Motion:
    """Feed it the commands of a file, one by one."""

    def __init__(self) -> None:
        self.filament_mm = 0.0
        """The most that was ever fed, less what was retracted until then."""
        self.tools: set[int] = set()
        """Those that printed."""
        self.levels = 0
        """Heights that were printed at, each above all before."""
        self._at: Point = _ORIGIN
        self._e = self._fed = 0.0
        self._unit, self._relative, self._relative_e, self._tool = 1.0, False, False, 0
        self._level = -math.inf
        self.forget_space()

    def forget_space(self) -> None:
        """Begin the box anew: what came before was priming."""
        self._printing = False
        self._low = [math.inf] * 3
        self._high = [-math.inf] * 3

    @property
    def box(self) -> tuple[Point, Point] | None:
        """The lowest and the highest corner of what is printed, in mm; None where nothing is."""
        corners = (*self._low, *self._high)
        if not all(math.isfinite(value) for value in corners):
            return None
        return corners[:3], corners[3:]  # type: ignore[return-value]

    def see(self, text: bytes) -> None:
        """Follow one command, which comes without its comment."""
        if plain := _plain(text, 0, LONGEST):
            self._move(*plain.groups())
            return
        code = _CODE.match(text)
        if code is None:
            return
        number = int(code[2])
        match code[1]:
            case b"G":
                self._see_g(number, text[:LONGEST])
            case b"M" if number in (82, 83):
                self._relative_e = number == 83
            case b"T" if number < MOST_TOOLS:
                self._tool, self._printing = number, False

    def _see_g(self, number: int, text: bytes) -> None:
        match number:
            case 0 | 1 | 2 | 3:
                words = dict(_words(text))
                self._move(*map(words.get, (b"X", b"Y", b"Z", b"E")))
            case 20 | 21:
                self._unit = _INCH if number == 20 else 1.0
            case 28:
                self._home(text)
            case 90 | 91:
                self._relative = self._relative_e = number == 91
            case 92:
                self._set({axis: float(value) * self._unit for axis, value in _words(text)})

    def _move(self, x: bytes | None, y: bytes | None, z: bytes | None, e: bytes | None) -> None:
        unit, before = self._unit, self._at
        ahead = before if self._relative else _ORIGIN
        self._at = after = (
            before[0] if x is None else ahead[0] + float(x) * unit,
            before[1] if y is None else ahead[1] + float(y) * unit,
            before[2] if z is None else ahead[2] + float(z) * unit,
        )
        fed = self._feed(float(e) * unit) if e is not None else 0.0
        if fed > 0 and (x or y):
            if not self._printing:
                self.tools.add(self._tool)
                self._include(before)
            self._include(after)
            self._printing = True
        else:
            self._printing = False

    def _feed(self, e: float) -> float:
        """Millimetres of filament that go in; out, below zero."""
        fed = e if self._relative_e else e - self._e
        self._e += fed
        self._fed += fed
        if self._fed > self.filament_mm:
            self.filament_mm = self._fed
        return fed

    def _include(self, point: Point) -> None:
        low, high = self._low, self._high
        for axis, value in enumerate(point):
            if value < low[axis]:
                low[axis] = value
            if value > high[axis]:
                high[axis] = value
        if point[2] > self._level + LEAST_LAYER_MM:
            self._level = point[2]
            self.levels += 1

    def _home(self, text: bytes) -> None:
        named = [axis in text for axis in (b"X", b"Y", b"Z")]
        x, y, z = (
            0.0 if homed or not any(named) else old
            for homed, old in zip(named, self._at, strict=True)
        )
        self._at = (x, y, z)

    def _set(self, words: dict[bytes, float]) -> None:
        x, y, z = self._at
        self._at = (words.get(b"X", x), words.get(b"Y", y), words.get(b"Z", z))
        self._e = words.get(b"E", self._e)
