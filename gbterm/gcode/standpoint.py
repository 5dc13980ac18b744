"""What a printer must be like before a line of a file runs: for going on with a print that stopped.

Positions are those of the file. What asks a person, changes the tool or leaves out an object brings
the head back to where it was, as the file means it; what can't be followed is refused by name.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import NoReturn

from gbterm.errors import FileRefused
from gbterm.gcode.lines import Command
from gbterm.gcode.setup import MOST_SETTINGS, SETTINGS, Setup
from gbterm.gcode.whereabouts import INCH, MOVE, Modes, Place, Spot, Whereabouts
from gbterm.model import Firmware
from gbterm.text import scrub

_CODE = re.compile(rb"([GMT]) *0*(\d+)(?![\d.])")
_FED = re.compile(rb"E *([-+]?(?:\d+\.?\d*|\.\d+))")
_ACROSS, _AXES = re.compile(rb"[XY]"), re.compile(rb"[XYZ]")
_SHIFTS_G = re.compile(rb"G *0*(?:5[3-9]|92)(?!\d)")
_E_ALONE = re.compile(rb"G *0*92 *E[^XYZ]*\Z")

_COMES_BACK = {b"G": (10, 11), b"M": (0, 1, 125, 486, 600)}
"""After these the head is where it was, for the file's own idea of places."""
_SHIFTS_M = (206, 428, 605, 665, 666)
MOST_RETRACTED_MM = 50.0
"""More than that isn't in the nozzle any more."""
_NONE = Command("", 0, 0, 0)
_SHIFTED_FROM_HOME = "shifts the coordinates"
_TURNED = "turns the plane of arcs"
_SHIFTED = "shifts the coordinates, or may"


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Before a command of a file: what was done, and how the printer stood. Lengths in mm."""

    command: int
    """The last one before; `line` is its line, `end` the file's offset after it."""
    line: int
    end: int
    x: float
    y: float
    z: float
    e: float | None
    """None where E is relative and nobody asks where it is."""
    modes: Modes
    tool: int
    chose_tool: bool
    """Whether the file ever said so."""
    nozzles: dict[int, float]
    """Targets in °C."""
    bed: float
    chamber: float
    fans: dict[int, float]
    """Of 255."""
    settings: tuple[str, ...]
    """What the file set for good, to be sent again in this order."""
    leveling: str
    """What turns the bed's leveling on again; empty where the file did not."""
    retracted_mm: float
    retracts_by_board: bool
    """Whether the file ever used G10."""
    is_retracted_by_board: bool
    """Whether G10 waits for its G11."""
    whereabouts: Whereabouts = field(repr=False, compare=False)
    """What goes on to follow the file."""

    @property
    def place(self) -> Place:
        """Where the planner is to be."""
        return _spot(self.x), _spot(self.y), _spot(self.z), _spot(self.e)


def _spot(at: float | None) -> Spot | None:
    return None if at is None else Spot(at, at, at, slack=0.0, told=0)


class Walker:
    """Walks through a file, command by command, for a board with this firmware."""

    def __init__(self, firmware: Firmware) -> None:
        self._followed = self._meant = Whereabouts(firmware)
        self._last = _NONE
        self._has_g80_mesh = not firmware.is_marlin_2
        self._tool, self._chose_tool = 0, False
        self._setup = Setup()
        self._fed: dict[int, tuple[float, float]] = {}
        self._retracts = self._pulled = False
        self._bars: dict[str, Command] = {}
        self._lost = _NONE
        self.top_mm = 0.0
        """The highest place at which it printed."""
        self.prints = False
        """Whether the last command pushed filament on its way."""
        self.travels = False
        """Whether it moved across without that."""

    @property
    def z(self) -> float | None:
        """Where the nozzle is now."""
        spot = self._meant.place[2]
        return None if spot is None else spot.value

    @property
    def is_known(self) -> bool:
        """Whether the file says where the head is now."""
        return None not in self._meant.place[:3]

    def see(self, command: Command) -> None:
        """The next command."""
        self._last = command
        self.prints = self.travels = False
        data, before = command.data, self._meant.place
        match = MOVE.match(data)
        code = None if match else _CODE.match(data)
        if code is not None and self._see_code(code[1], int(code[2]), data, command):
            if self._meant is self._followed:
                self._meant = copy.deepcopy(self._followed)
            self._followed.follow(data)
            return
        after = self._meant.follow(data)
        if self._followed is not self._meant:
            self._followed.follow(data)
        if match:
            self._moved(data, before, after)
        elif None not in before[:3] and None in after[:3]:
            self._lost = command

    def _moved(self, data: bytes, before: Place, after: Place) -> None:
        fed, modes = 0.0, self._meant.modes
        if b"E" in data and (word := _FED.search(data)):
            if modes.relative_e:
                fed = float(word[1]) * (INCH if modes.inches else 1.0)
            elif before[3] is not None and after[3] is not None:
                fed = after[3].value - before[3].value
            done, most = self._fed.get(self._tool, (0.0, 0.0))
            self._fed[self._tool] = (done + fed, max(most, done + fed))
        if _ACROSS.search(data):
            self.prints, self.travels = fed > 0, fed <= 0
            if fed > 0 and after[2] is not None and after[2].value > self.top_mm:
                self.top_mm = after[2].value

    def _see_code(self, letter: bytes, number: int, data: bytes, command: Command) -> bool:
        """Whether the head is where it was, as far as the file goes."""
        if letter == b"T":
            self._tool, self._chose_tool = number, True
            return True
        if letter == b"G":
            self._see_g(number, data, command)
        elif number in _SHIFTS_M:
            self._bars[_SHIFTED] = command
        elif self._meant.modes.inches and number in SETTINGS:
            self._bars["sets lengths in inches"] = command
        else:
            self._setup.see(number, command, self._tool)
        return number in _COMES_BACK[letter]

    def _see_g(self, number: int, data: bytes, command: Command) -> None:
        if number in (10, 11):
            self._retracts, self._pulled = True, number == 10
        elif number == 17:
            self._bars.pop(_TURNED, None)
        elif number in (18, 19):
            self._bars[_TURNED] = command
        elif number == 29:
            self._setup.leveling = "M420 S1"
        elif number == 80 and self._has_g80_mesh:
            self._bars["levels the bed by a mesh that a reset forgets"] = command
        elif number == 28 and not _AXES.search(data):
            self._bars.pop(_SHIFTED_FROM_HOME, None)
        elif _SHIFTS_G.match(data) and not _E_ALONE.match(data):
            self._bars[_SHIFTED_FROM_HOME] = command

    def standpoint(self) -> Standpoint:
        """How the printer stands now. Raises `FileRefused`, naming the line."""
        x, y, z, e = self._meant.place
        modes, setup, next_line = self._meant.modes, self._setup, self._last.line + 1
        for why, command in self._bars.items():
            self._refuse(command, why)
        if (excess := self._setup.excess) is not None:
            self._refuse(excess, f"is the file's {MOST_SETTINGS + 1}st kind of setting")
        if x is None or y is None or z is None:
            self._refuse(self._lost, f"leaves it open where the head is before line {next_line}")
        if modes.relative is None or modes.relative_e is None:
            raise FileRefused(
                f"The file does not say whether line {next_line} is absolute or relative: go on"
                " from another line, or print it anew."
            )
        if e is None and not modes.relative_e:
            self._refuse(self._lost, f"leaves it open where E is before line {next_line}")
        done, most = self._fed.get(self._tool, (0.0, 0.0))
        retracted = round(most - done, 4)
        if retracted > MOST_RETRACTED_MM:
            self._refuse(self._last, "comes while the filament is unloaded")
        return Standpoint(
            command=self._last.number,
            line=self._last.line,
            end=self._last.end,
            x=x.value,
            y=y.value,
            z=z.value,
            e=None if e is None else e.value,
            modes=modes,
            tool=self._tool,
            chose_tool=self._chose_tool,
            nozzles=dict(setup.nozzles),
            bed=setup.bed,
            chamber=setup.chamber,
            fans=dict(setup.fans),
            settings=setup.settings,
            leveling=setup.leveling,
            retracted_mm=retracted,
            retracts_by_board=self._retracts,
            is_retracted_by_board=self._pulled,
            whereabouts=copy.deepcopy(self._followed),
        )

    def _refuse(self, command: Command, why: str) -> NoReturn:
        if not command.text:
            raise FileRefused(
                f"The file does not say where the head is before line {self._last.line + 1}: go on"
                " from another line, or print it anew."
            )
        raise FileRefused(
            f"The print can't go on there: line {command.line}, {scrub(command.text, 40)!r}, {why}."
            " Go on from another line, or print it anew."
        )
