"""How a board takes what it is told (G90/G91, M82/M83, G20/G21), as far as it was told that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.gcode.whereabouts import INCH, MOVE
from gbterm.model import Firmware

_MODE = re.compile(rb"(?:G *0*(?P<g>2[01]|9[01])|M *0*(?P<m>8[23]))(?![\d.])")
_Z = re.compile(r"Z *([-+]?(?:\d+\.?\d*|\.\d+))")


@dataclass(slots=True, eq=False)
class Passing(Outgoing):
    """One of several lines behind which the modes are what they were before them."""


class BoardModes:
    """Of one board since its port was opened. No answer tells of them."""

    def __init__(self) -> None:
        self._relative = self._inches = False
        self._relative_e: bool | None = None
        """None until it is told: some boards are built with M83 as their default."""

    def executed(self, line: Outgoing, firmware: Firmware) -> None:
        """The board executed `line`."""
        if (told := line.modes) is not None:
            self._relative, self._inches = bool(told.relative), told.inches
            if told.relative_e is not None:
                self._relative_e = told.relative_e
        elif not isinstance(line, Passing) and (match := _MODE.match(line.text)):
            self._told(match["g"] or match["m"], firmware)

    def _told(self, number: bytes, firmware: Firmware) -> None:
        if number in (b"82", b"83"):
            self._relative_e = number == b"83"
        elif number in (b"20", b"21"):
            self._inches = number == b"20"
        else:
            self._relative = number == b"91"
            if firmware.is_marlin_2:
                self._relative_e = self._relative

    def heights(self, lines: Iterable[str], z_mm: float, firmware: Firmware) -> list[float]:
        """To which heights `lines` lead a nozzle that is at `z_mm`, one after the other."""
        modes, heights = copy(self), []
        for text in lines:
            if MOVE.match(text.encode()):
                for word in _Z.findall(text):
                    to = float(word) * (INCH if modes._inches else 1.0)
                    z_mm = z_mm + to if modes._relative else to
                    heights.append(round(z_mm, 4))
            modes.executed(Outgoing(text.encode()), firmware)
        return heights

    def around(self, *lines: str, mode: str = "G90") -> tuple[str, ...]:
        """`lines` in millimetres and in `mode`, and what makes the modes what they were: Marlin 2
        takes G90 and G91 for E, too."""
        after = "G91" if self._relative else "G90"
        is_as_meant = self._relative_e in (None, self._relative)
        e = () if is_as_meant else ("M83" if self._relative_e else "M82",)
        return (*self._in_mm, mode, *lines, after, *e, *self._in_inches)

    def in_mm(self, *lines: str) -> tuple[str, ...]:
        """`lines` that no other mode matters to."""
        return *self._in_mm, *lines, *self._in_inches

    @property
    def usual(self) -> tuple[str, ...]:
        """What has the board read lengths in millimetres and positions as absolute, as a file that
        says nothing of it means them; nothing where it does."""
        return (*self._in_mm, *(("G90",) if self._relative else ()))

    @property
    def _in_mm(self) -> tuple[str, ...]:
        return ("G21",) if self._inches else ()

    @property
    def _in_inches(self) -> tuple[str, ...]:
        return ("G20",) if self._inches else ()
