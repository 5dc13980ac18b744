"""Commands on their way to the board, and what became of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gbterm.gcode.whereabouts import MOVE, Modes, Place

_M105 = re.compile(rb"M *0*105(?!\d)")
_LONG = re.compile(
    rb"(?:G *0*(?:4|28|29|30|33|34|76|425)"
    rb"|M *0*(?:48|109|190|191|192|303|400|60[0-3]|70[12]|1|0))(?!\d)|T"
)

_SETTING = re.compile(
    rb"M *0*(?:73|10[4-8]|11[4578]|14[01]|15[45]|20[1-5]|22[01]|876|900)(?![\d.])"
)

_M303 = re.compile(rb"M *0*303(?!\d)")
_M600 = re.compile(rb"M *0*600(?!\d)")
_FILAMENT = re.compile(rb"M *0*(?:600|70[12])(?!\d)")


def is_tuning(command: bytes) -> bool:
    """Whether it is M303, which tunes a heater."""
    return _M303.match(command) is not None


@dataclass(slots=True, eq=False)
class Outgoing:
    """A command that waits for its turn or its ok; the same object when it is sent again."""

    text: bytes
    command: int = 0
    """Number of the command in the job's file, from 1; 0 for the host's own."""
    line: int = 0
    """Line of the file that it stands in, from 1."""
    end: int = 0
    """The file's offset after it."""
    leads_to: Place | None = None
    """Where the planner ends after it, for a command of the file."""
    modes: Modes | None = None
    """How the line after it is read, for a command of the file."""
    top_mm: float = 0.0
    """The highest place at which was printed up to it, for a command of the file."""
    held: bool = False
    """Never sent: the job drains the board and waits for the user here."""
    replies: list[str] | None = None
    """What the board said before its ok, where somebody wants to know."""
    restarts_numbering: bool = False
    number: int = 0
    """The line number that it was last sent under."""

    @property
    def goes_alone(self) -> bool:
        """Whether nothing may be under way with it.

        What is under way behind a damaged line may be cut by the board and run at a wrong time
        (docs/decisions/0009-window.md). A move or a setting that comes once more in its turn does
        little harm then; a homing, a G92 or a tool change does.
        """
        return not (MOVE.match(self.text) or self.is_setting)

    @property
    def is_setting(self) -> bool:
        """Whether it is a setting or a question that moves nothing and waits for nothing."""
        return _SETTING.match(self.text) is not None

    @property
    def is_m105(self) -> bool:
        """Whether its answer is `ok T:…`, which no other command has."""
        return _M105.match(self.text) is not None

    @property
    def changes_filament(self) -> bool:
        """Whether it is M600, which asks the user before it has its ok."""
        return _M600.match(self.text) is not None

    @property
    def moves_filament(self) -> bool:
        """Whether it loads or unloads filament, which makes Marlin silent for a while."""
        return _FILAMENT.match(self.text) is not None

    @property
    def is_long(self) -> bool:
        """Whether it may keep the board silent for minutes (homing, heating, waiting)."""
        return _LONG.match(self.text) is not None


@dataclass(slots=True)
class Sent:
    """A line under way, or one whose ok is in doubt. `number` is None for an unnumbered one."""

    number: int | None
    line: Outgoing
    at: float
    size: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The board executed one of the host's own commands."""

    line: Outgoing
    replies: tuple[str, ...] = field(default=())
    was_heard: bool = True
    """Whether its ok was; where only an agreement tells of it, what it said may be lost."""


@dataclass(frozen=True, slots=True)
class TroubleEnded:
    """The board and the host agree again.

    `stray` where it ran a command without a number, `narrowed` where more than one line was under
    way before, and one at a time is again.
    """

    stray: bool = False
    narrowed: bool = False


@dataclass(frozen=True, slots=True)
class LinkDamaged:
    """More lines than the limit were damaged among the last thousand."""

    damaged: int


@dataclass(frozen=True, slots=True)
class BoardReset:
    """The board restarted: what it had is gone."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """No agreement with the board can be reached; `why` in words."""

    why: str


CoreEvent = Answered | TroubleEnded | LinkDamaged | BoardReset | GaveUp
