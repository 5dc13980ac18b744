"""Where the lines of a file lead: the position that the planner must end at after each of them.

It is what an audit compares with the board's own M114. An axis counts as unknown as soon as
something may move it that can't be followed (homing, probing, a tool change), until a line says
again where it is; an unknown axis is never compared.
"""

from __future__ import annotations

import re

Place = tuple[float | None, float | None, float | None, float | None, float]
"""X, Y, Z and E in mm, None where unknown, and by how much E may be off by rounding."""

UNKNOWN: Place = (None, None, None, None, 0.0)

_MOVE = re.compile(rb"G *0*[0-3](?![\d.])")
_CODE = re.compile(rb"([GMT]) *(\d+)(\.\d)?")
_WORD = re.compile(rb"([XYZE]) *([-+]?(?:\d+\.?\d*|\.\d+))")
_AXES = {b"X": 0, b"Y": 1, b"Z": 2, b"E": 3}
_E = 3
_INCH = 25.4
_FLOAT = 2.0**-24
"""Marlin adds relative moves up in single precision: each sum is off by this share at most."""

STILL_G = frozenset((4, 17, 18, 19, 20, 21, 60, 80, 90, 91, 92))
_PARKING_M = (0, 1, 125, 410, 600, 603, 701, 702, 1000)
_PROBING_M = (48, 851, 871)
_LEVELING_M = (420, 421, 428)
_SHIFTING_M = (206, 218, 290, *range(360, 365), *_LEVELING_M, 500, 501, 502, 605, 665, 666)
MOVING_M = frozenset((*_PARKING_M, *_PROBING_M, *_SHIFTING_M))
"""M codes after which a position isn't what the lines before gave (Marlin 2.0.9)."""


class Whereabouts:
    """Follows a file line by line."""

    def __init__(self) -> None:
        self.place = UNKNOWN
        self._relative = self._relative_e = False
        self._unit = 1.0

    def follow(self, command: bytes) -> Place:
        """Where the planner ends after `command`."""
        if _MOVE.match(command):
            self._move(command, relative=self._relative, relative_e=self._relative_e)
        elif (code := _CODE.match(command)) and not code[3]:
            self._other(code[1], int(code[2]), command)
        else:
            # A subcode, or a move that leaves out its G1.
            self.place = UNKNOWN
        return self.place

    def _move(self, command: bytes, *, relative: bool, relative_e: bool) -> None:
        *axes, slack = self.place
        for letter, number in _WORD.findall(command):
            index = _AXES[letter]
            value = float(number) * self._unit
            before = axes[index]
            if not (relative_e if index == _E else relative):
                axes[index] = value
                slack = 0.0 if index == _E else slack
            elif before is not None:
                axes[index] = before + value
                slack += abs(before + value) * _FLOAT if index == _E else 0.0
        x, y, z, e = axes
        self.place = (x, y, z, e, slack)

    def _other(self, letter: bytes, number: int, command: bytes) -> None:
        if letter == b"G":
            self._mode(number, command)
        elif letter == b"T" or number in MOVING_M:
            self.place = UNKNOWN
        elif number in (82, 83):
            self._relative_e = number == 83

    def _mode(self, number: int, command: bytes) -> None:
        match number:
            case 20 | 21:
                self._unit = _INCH if number == 20 else 1.0
            case 90 | 91:
                self._relative = self._relative_e = number == 91
            case 92:
                self._move(command, relative=False, relative_e=False)
            case _ if number not in STILL_G:
                self.place = UNKNOWN
