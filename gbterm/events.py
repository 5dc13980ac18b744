"""What a backend can report, one class a fact, named in the past tense.

Their names on the wire are the class names in snake case (see `wire`).
"""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.files import SelectedFile
from gbterm.firmware_settings import MotionLimits
from gbterm.jobs import Job
from gbterm.model import Firmware, Message, Phase, Position, Prompt, StreamReport, Temperature


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The printer entered `phase`; `reason` says why where that needs saying."""

    phase: Phase
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TemperaturesReported:
    """Heaters that a report named; nozzles by index, None for a heater that it did not name."""

    nozzles: dict[int, Temperature]
    bed: Temperature | None = None
    chamber: Temperature | None = None


@dataclass(frozen=True, slots=True)
class PositionReported:
    """Where the planner will end; None for an axis that was not named."""

    position: Position
    moved: bool = False
    """Whether somebody moved the head, who wants to hear of it also where it was there before."""


@dataclass(frozen=True, slots=True)
class NozzleSelected:
    """Tool `index` is the active one."""

    index: int


@dataclass(frozen=True, slots=True)
class FlowChanged:
    """The flow (extrusion override) of a nozzle is `percent`; None for the active one."""

    percent: float
    nozzle: int | None = None


@dataclass(frozen=True, slots=True)
class SpeedChanged:
    """The feed rate override is `percent`."""

    percent: float


@dataclass(frozen=True, slots=True)
class BabystepChanged:
    """Babysteps raised the nozzle by `mm` in all, since the board was connected or reset."""

    mm: float


@dataclass(frozen=True, slots=True)
class FanChanged:
    """Fan number `fan` runs at `percent`."""

    fan: int
    percent: float


@dataclass(frozen=True, slots=True)
class SteppersChanged:
    """The motors hold (True) or are free (False)."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class HomingDemanded:
    """The board did not move, for it wants `axes` homed first; empty once one was homed."""

    axes: str


@dataclass(frozen=True, slots=True)
class StreamMeasured:
    """How the stream to the board goes; None once nothing is streamed."""

    stream: StreamReport | None


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job began, progressed or ended; None when it was forgotten."""

    job: Job | None


@dataclass(frozen=True, slots=True)
class FileSelected:
    """A file was selected at the printer's server; None for no file any more."""

    selected: SelectedFile | None


@dataclass(frozen=True, slots=True)
class PrintLost:
    """The print called `name` was lost and is kept; empty once it went on or was given up."""

    name: str


@dataclass(frozen=True, slots=True)
class FirmwareIdentified:
    """M115 was answered."""

    firmware: Firmware


@dataclass(frozen=True, slots=True)
class MotionLimitsTold:
    """M503 was answered."""

    limits: MotionLimits


@dataclass(frozen=True, slots=True)
class PromptShown:
    """The firmware or the host asks a question."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class PromptClosed:
    """The question is gone: answered, or taken back."""


@dataclass(frozen=True, slots=True)
class WaitBegan:
    """The printer waits for `what`; empty when the wait is over."""

    what: str


@dataclass(frozen=True, slots=True)
class ErrorReported:
    """The last error in a sentence; empty when somebody cleared it."""

    text: str


@dataclass(frozen=True, slots=True)
class MessageReported:
    """Something happened that a person should read."""

    message: Message


READINGS = (TemperaturesReported, PositionReported, FirmwareIdentified)
"""What none but the board can have said, just now; others may come of what is known already."""

Event = (
    PhaseChanged
    | TemperaturesReported
    | PositionReported
    | NozzleSelected
    | FlowChanged
    | SpeedChanged
    | BabystepChanged
    | FanChanged
    | SteppersChanged
    | HomingDemanded
    | StreamMeasured
    | JobChanged
    | FileSelected
    | PrintLost
    | FirmwareIdentified
    | MotionLimitsTold
    | PromptShown
    | PromptClosed
    | WaitBegan
    | ErrorReported
    | MessageReported
)
