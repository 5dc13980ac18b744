"""Where the lines of a file lead: the position that the planner must end at after each of them.

It is what an audit compares with the board's own M114. An axis counts as unknown as soon as
something may move it that can't be followed (homing, probing, a tool change), until a line says
again where it is; an unknown axis is never compared. The rules are those of Marlin 2.0.9 and,
where they differ, of Marlin 1.1 and of Prusa's MK3.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gbterm.model import Firmware


class Spot(NamedTuple):
    """Where one axis must be, in mm."""

    value: float
    least: float
    most: float
    """Between which it was sent to and fro since a line said where it is."""
    slack: float
    """By how much Marlin may be off after relative moves, which it adds in single precision."""
    told: int
    """The command that said where it is; relative moves since don't count."""


class Modes(NamedTuple):
    """How the file's next line is read; None where it isn't known."""

    relative: bool | None
    relative_e: bool | None
    inches: bool
    feed: bytes
    """The last F, as it was written; empty where there was none."""

    @property
    def commands(self) -> tuple[str, ...]:
        """What sets them again. E comes after G90 and G91, which change it, too."""
        return (
            *(("G20",) if self.inches else ()),
            *(("G91",) if self.relative else ()),
            "M83" if self.relative_e else "M82",
            *((f"G1 F{self.feed.decode()}",) if self.feed else ()),
        )


Place = tuple[Spot | None, Spot | None, Spot | None, Spot | None]
"""X, Y, Z and E, None where unknown."""

UNKNOWN: Place = (None, None, None, None)

MOVE = re.compile(rb"G *0*([0-3])(?![\d.])")
"""G0 to G3, however it is written, without a subcode."""
_CODE = re.compile(rb"([GMT]) *(\d+)(\.\d)?")
_WORD = re.compile(rb"([XYZE]) *([-+]?(?:\d+\.?\d*|\.\d+))")
_FEED = re.compile(rb"F *(\d+\.?\d*|\.\d+)")
_LETTERS = re.compile(rb"[A-Z]")
_INTO_OBJECT = re.compile(rb"S *\d")
_AXES = {b"X": 0, b"Y": 1, b"Z": 2, b"E": 3}
_E = 3
_XYZ = frozenset((b"X", b"Y", b"Z"))
INCH = 25.4
FLOAT = 2.0**-24
"""The share of a number by which single precision may be off."""

STILL_G = frozenset((4, 17, 18, 19, 20, 21, 60, 80, 90, 91))
_PARKING_M = (0, 1, 25, 125, 410, 524, 600, 603, 701, 702)
_PROBING_M = (48, 401, 402, 851, 871, 915)
_LEVELING_M = (420, 421, 428)
_SHIFTING_M = (
    206,
    217,
    218,
    290,
    *range(360, 365),
    *_LEVELING_M,
    500,
    501,
    502,
    605,
    665,
    666,
    852,
)
MOVING_M = frozenset((*_PARKING_M, *_PROBING_M, *_SHIFTING_M))
"""M codes after which a position isn't what the lines before gave."""
MACROS_M = range(810, 820)
OWN_M = range(1000, 1_000_000)
"""Above Marlin's common codes lie those of single makers, which may do anything."""


class Whereabouts:
    """Follows a file for a board with this firmware, line by line."""

    def __init__(self, firmware: Firmware) -> None:
        self.place = UNKNOWN
        self.modes = Modes(False, None, False, b"")
        self._g90_sets_e = firmware.is_marlin_2
        self._unit = 1.0
        self._g91: bool | None = False
        self._m83: bool | None = None
        """None until it is told: some boards are built with M83 as their default."""
        self._relative: list[bool | None] = [False, False, False, None]
        """How X, Y, Z and E are meant, which is all that matters of the modes."""
        self._homed: set[bytes] = set()
        self._in_object = False
        self._is_sure = False
        """Whether the board makes the moves that it is told: it may refuse one before it has homed,
        and leaves out those of an object that was cancelled at its display."""
        self._followed = 0

    def follow(self, command: bytes) -> Place:
        """Where the planner ends after `command`."""
        self._followed += 1
        if move := MOVE.match(command):
            if b"F" in command and (feed := _FEED.search(command)):
                self.modes = self.modes._replace(feed=feed[1])
            if self._is_sure:
                self._move(command)
                if move[1] in b"23" and b"Z" in command:
                    # Built with UBL, Marlin leaves the third axis of an arc where it was.
                    self.place = (None, None, None, self.place[_E])
        elif (code := _CODE.match(command)) and not code[3]:
            letter, number, rest = code[1], int(code[2]), command[code.end() :]
            if letter == b"G":
                self._g(number, rest)
            elif letter == b"M":
                self._m(number, rest)
            else:
                self.place = UNKNOWN
        else:
            # A subcode, which Marlin may be built to ignore, or a move that leaves out its G1.
            self._lose_modes()
        return self.place

    def _move(self, command: bytes) -> None:
        place, relative, unit = self.place, self._relative, self._unit
        axes = list(place)
        for letter, number in _WORD.findall(command):
            index = _AXES[letter]
            value = float(number) * unit
            if relative[index] is False:
                axes[index] = Spot(value, value, value, 0.0, self._followed)
            else:
                axes[index] = _moved(place[index], value) if relative[index] else None
        self.place = (axes[0], axes[1], axes[2], axes[3])

    def _g(self, number: int, rest: bytes) -> None:
        match number:
            case 20 | 21:
                self._unit = INCH if number == 20 else 1.0
                self._modes_changed()
            case 90 | 91:
                self._g91 = number == 91
                if self._g90_sets_e:
                    self._m83 = self._g91
                self._modes_changed()
            case 92 if self._is_sure and (words := _WORD.findall(rest)):
                axes = list(self.place)
                for letter, value in words:
                    at = float(value) * self._unit
                    axes[_AXES[letter]] = Spot(at, at, at, 0.0, self._followed)
                self.place = (axes[0], axes[1], axes[2], axes[3])
            case 28:
                self._homed |= _XYZ.intersection(_LETTERS.findall(rest)) or _XYZ
                self._sureness_changed()
            case _ if number not in STILL_G:
                self.place = UNKNOWN

    def _m(self, number: int, rest: bytes) -> None:
        if number in MOVING_M:
            self.place = UNKNOWN
        elif number in MACROS_M or number in OWN_M:
            self._lose_modes()
        elif number in (82, 83):
            self._m83 = number == 83
            self._modes_changed()
        elif number == 486:
            self._in_object = _INTO_OBJECT.search(rest) is not None
            self._sureness_changed()
        elif number in (18, 84):
            letters = set(_LETTERS.findall(rest))
            if not letters or letters & _XYZ:
                self._homed.clear()
                self._sureness_changed()

    def _sureness_changed(self) -> None:
        self.place = UNKNOWN
        self._is_sure = self._homed == _XYZ and not self._in_object

    def _modes_changed(self) -> None:
        e = self._m83
        if self._g91 is not False and not self._g90_sets_e and not e:
            # Marlin 1.1 keeps M83 through G90, and with G91 E is relative whatever M82 says; for a
            # Prusa MK3 only M82 and M83 count.
            e = None
        if self._unit != 1.0:
            # Perhaps cubic inches, where M200 was stored in the board.
            e = None
        self._relative = [self._g91, self._g91, self._g91, e]
        told_e = self._m83 if self._m83 is not None else self._g91
        self.modes = Modes(self._g91, told_e, self._unit != 1.0, self.modes.feed)

    def _lose_modes(self) -> None:
        self.place = UNKNOWN
        self._g91 = self._m83 = None
        self._modes_changed()


def _moved(before: Spot | None, by: float) -> Spot | None:
    if before is None:
        return None
    value = before.value + by
    slack = before.slack + abs(value) * FLOAT
    return Spot(value, min(before.least, value), max(before.most, value), slack, before.told)
