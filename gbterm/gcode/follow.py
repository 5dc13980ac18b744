"""Follows a file's lines as Marlin reads them: where the head is, in which modes, with which tool.

Nothing is known of the board, so the head starts at zero, and positions are those of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gbterm.gcode.lines import command_text

LONGEST = 256
"""Bytes of a line that are looked at; Marlin takes fewer than a hundred."""
MOST_TOOLS = 16
_INCH = 25.4

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)"
_words = re.compile(rb"([XYZEIJR]) *(%b)" % _NUMBER).findall
_CODE = re.compile(rb"([GMT]) *0*(\d{1,5})(?![\d.])")
# Nearly every line of a file, so it is read apart from the others.
_plain = re.compile(
    rb"G[01](?: F%b)?(?: X(%b))?(?: Y(%b))?(?: Z(%b))?(?: E(%b))?(?: F%b)?\s*(?:;.*\s*)?"
    % ((_NUMBER,) * 6)
).fullmatch

Point = tuple[float, float, float]
_ORIGIN: Point = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class State:
    """How the next line is read; positions in mm."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    e: float = 0.0
    unit: float = 1.0
    """Millimetres in one of the file's units."""
    relative: bool = False
    relative_e: bool = False
    tool: int = 0


class Follower:
    """Feed it the lines of a file, one by one."""

    def __init__(self, start: State | None = None) -> None:
        """`start` is how the first of the lines is read."""
        start = start or State()
        self._at: Point = start.x, start.y, start.z
        self._e, self._unit = start.e, start.unit
        self._relative, self._relative_e, self._tool = start.relative, start.relative_e, start.tool

    @property
    def state(self) -> State:
        """How the next line is read."""
        return State(
            *(*self._at, self._e, self._unit), self._relative, self._relative_e, self._tool
        )

    def see(self, line: bytes) -> None:
        """The next line, its comment and its end included."""
        if plain := _plain(line, 0, LONGEST):
            self._move(*plain.groups())
            return
        text = command_text(line)[:LONGEST]
        code = _CODE.match(text)
        if code is None:
            return
        number = int(code[2])
        match code[1]:
            case b"G":
                self._see_g(number, text[code.end() :])
            case b"M":
                self._see_m(number, text[code.end() :])
            case b"T" if number < MOST_TOOLS:
                self._select(number)

    def _see_g(self, number: int, text: bytes) -> None:
        match number:
            case 0 | 1:
                words = dict(_words(text))
                self._move(*map(words.get, (b"X", b"Y", b"Z", b"E")))
            case 2 | 3:
                self._arc(dict(_words(text)), number == 2)
            case 20 | 21:
                self._unit = _INCH if number == 20 else 1.0
            case 28:
                self._home(text)
            case 90 | 91:
                self._relative = self._relative_e = number == 91
            case 92:
                self._set({axis: float(value) * self._unit for axis, value in _words(text)})

    def _see_m(self, number: int, _text: bytes) -> None:
        if number in (82, 83):
            self._relative_e = number == 83

    def _move(self, x: bytes | None, y: bytes | None, z: bytes | None, e: bytes | None) -> None:
        unit, before = self._unit, self._at
        ahead = before if self._relative else _ORIGIN
        self._at = (
            before[0] if x is None else ahead[0] + float(x) * unit,
            before[1] if y is None else ahead[1] + float(y) * unit,
            before[2] if z is None else ahead[2] + float(z) * unit,
        )
        fed = 0.0
        if e is not None:
            after = float(e) * unit + (self._e if self._relative_e else 0.0)
            fed, self._e = after - self._e, after
        self._moved(before, fed, fed > 0 and (x is not None or y is not None))

    def _arc(self, words: dict[bytes, bytes], _clockwise: bool) -> None:
        """An arc counts by its ends."""
        x, y, z, e = map(words.get, (b"X", b"Y", b"Z", b"E"))
        if x is None and y is None:
            # A full circle.
            x = b"%r" % (0.0 if self._relative else self._at[0] / self._unit)
        self._move(x, y, z, e)

    def _moved(self, before: Point, fed: float, prints: bool) -> None:
        """A move led from `before` to where the head is, and fed so many mm of filament."""

    def _select(self, tool: int) -> None:
        self._tool = tool

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
