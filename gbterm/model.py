"""What is true of a printer: frozen values without I/O, the same for every kind of backend."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum

from gbterm.files import SelectedFile
from gbterm.firmware_settings import MotionLimits
from gbterm.jobs import Job

_MARLIN = re.compile(r"Marlin (?:bugfix-)?(\d+)\.")


class State(Enum):
    """The six states of the OpenGB API, by their names on the wire."""

    DISCONNECTED = "DISCONNECTED"
    READY = "READY"
    EXECUTING = "EXECUTING"
    PAUSED = "PAUSED"
    FILAMENT_SWAP = "FILAMENT_SWAP"
    ERROR = "ERROR"


class Phase(Enum):
    """The state with the sub-states that OpenGB's six names hide."""

    DISCONNECTED = "DISCONNECTED"
    CONNECTING = "CONNECTING"
    READY = "READY"
    STARTING = "STARTING"
    EXECUTING = "EXECUTING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    RESUMING = "RESUMING"
    CANCELLING = "CANCELLING"
    FINISHING = "FINISHING"
    FILAMENT_SWAP = "FILAMENT_SWAP"
    ERROR = "ERROR"

    @property
    def state(self) -> State:
        """The OpenGB state that this phase is shown as."""
        return _STATE_OF_PHASE.get(self, State.EXECUTING)

    @property
    def is_printing(self) -> bool:
        """Whether a job is under way, paused ones included."""
        return self.state in (State.EXECUTING, State.PAUSED, State.FILAMENT_SWAP)


_STATE_OF_PHASE = {
    Phase.DISCONNECTED: State.DISCONNECTED,
    Phase.CONNECTING: State.DISCONNECTED,
    Phase.READY: State.READY,
    # The file is still being checked, and may be refused.
    Phase.STARTING: State.READY,
    Phase.PAUSED: State.PAUSED,
    Phase.FILAMENT_SWAP: State.FILAMENT_SWAP,
    Phase.ERROR: State.ERROR,
}


@dataclass(frozen=True, slots=True)
class Temperature:
    """A heater in °C; `target` is None where the heater has none, 0 where it is off."""

    current: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the planner will end, in mm; an axis that nobody reported is None."""

    x: float | None = None
    y: float | None = None
    z: float | None = None
    e: float | None = None


@dataclass(frozen=True, slots=True)
class Firmware:
    """What M115 said; `capabilities` maps the names of `Cap:` lines to their values."""

    name: str = ""
    machine: str = ""
    extruders: int = 1
    capabilities: dict[str, bool] = field(default_factory=dict)

    def can(self, capability: str) -> bool:
        """Whether the firmware said `Cap:<capability>:1`."""
        return self.capabilities.get(capability, False)

    @property
    def is_marlin_2(self) -> bool:
        """Whether M115 names a Marlin of version 2 or later; others read commands otherwise."""
        version = _MARLIN.match(self.name)
        return version is not None and int(version[1]) >= 2


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question of the firmware (`//action:prompt_…`) or of the host (a held M0)."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A line of text that a person should see; `at` is a Unix time in seconds."""

    text: str
    level: str = "info"
    """One of info, warning and error."""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class StreamReport:
    """How a stream to a board goes: why it stutters, if it does.

    `planner_free` and `queue_free` are slots, None where the board doesn't tell; `oldest_s` is the
    age of the oldest line without an answer; `verdict` says in words what sets the pace.
    """

    lines_s: float = 0.0
    window_lines: int = 1
    lines_under_way: int = 0
    bytes_under_way: int = 0
    planner_free: int | None = None
    queue_free: int | None = None
    resends: int = 0
    oldest_s: float = 0.0
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class StreamStatistics:
    """What a stream to a board came to since `since`, a Unix time, when its port was opened.

    None of that before a port was. Lines that were sent again, and the host's own, count as well.
    """

    since: float | None = None
    baud: int = 0
    """The rate of the port; 0 where it has none, or nobody tells."""
    lines_sent: int = 0
    bytes_sent: int = 0
    oks: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    """How many of each kind that there were. Lines that the board refused: `checksum`,
    `no_checksum`, `line_number`, or `refused` for another reason. What it said: `unasked_ok`,
    `reported` (any other error). And `no_ok` (not in time), `reset` (it restarted)."""
    window_lines_most: int = 1
    """What `window_lines` of the stream may grow to, a line after each 200 without trouble."""
    window_why: str = ""
    """How that limit was found, in words."""
    window_bytes: int = 0
    """So many may be under way, as many as the board's receive ring holds."""
    queue_slots: int | None = None
    planner_slots: int | None = None
    """How many there are in all, as far as the board tells."""
    streamed_s: float = 0.0
    """How long a file was streamed, without pauses and waits."""
    planner_dry_s: float | None = None
    """How long of it the planner had no move ahead, looked at twice a second."""
    stream: StreamReport = StreamReport()
    """How it goes now."""


@dataclass(frozen=True, slots=True)
class PrinterState:
    """Everything that is known of a printer. `nozzles[0]` is OpenGB's nozzle1."""

    phase: Phase = Phase.DISCONNECTED
    reason: str = ""
    """Why it is in this phase, in words; empty where nothing needs saying."""
    nozzles: tuple[Temperature, ...] = (Temperature(),)
    bed: Temperature = Temperature()
    chamber: Temperature | None = None
    position: Position = Position()
    active_nozzle: int = 0
    flow_percent: float = 100.0
    """Of the active nozzle."""
    flows: dict[int, float] = field(default_factory=dict)
    """Percent by index of the nozzle, of those that were set."""
    speed_percent: float = 100.0
    babystep_mm: float = 0.0
    """By how much babysteps raised the nozzle in all; no position tells of it."""
    fans: dict[int, float] = field(default_factory=dict)
    """Percent by number of the fan."""
    steppers_enabled: bool | None = None
    homing_demanded: str = ""
    """The axes that the board wants homed before it moves them, as it said; `XYZ`."""
    job: Job | None = None
    selected: SelectedFile | None = None
    """What a server prints once it is told to start; None for nothing, and where none selects."""
    lost_print: str = ""
    """The name of the print that was lost and waits for somebody to go on with it or to give it
    up; empty for none."""
    stream: StreamReport | None = None
    """Of the job under way, where the backend streams itself."""
    firmware: Firmware = Firmware()
    motion_limits: MotionLimits | None = None
    """How its board plans moves; None where it has not told."""
    last_error: str = ""
    prompt: Prompt | None = None
    waiting_for: str = ""
    """What the printer is waiting for, in words: `the bed (57 of 60 °C)`."""
    messages: tuple[Message, ...] = ()
    """The last `MESSAGES_KEPT`, oldest first."""

    @property
    def state(self) -> State:
        """The OpenGB state."""
        return self.phase.state

    @property
    def holds_print(self) -> bool:
        """Whether a print waits for a printer whose port went away.

        Of a printer whose server went away, nobody knows what it waits for.
        """
        is_gone = self.state is State.DISCONNECTED and bool(self.waiting_for)
        return is_gone and self.job is not None and not self.job.outcome

    @property
    def print_job(self) -> Job | None:
        """The print under way, or the last one: no file that is put on the printer's card."""
        return None if self.job is None or self.job.is_written else self.job

    @property
    def is_given_file(self) -> bool:
        """Whether one is put on the printer's card: it takes no commands, prints nothing."""
        return self.job is not None and self.job.is_written and not self.job.outcome

    @property
    def has_print(self) -> bool:
        """Whether one is begun, under way, or waits for a printer whose port went away."""
        return self.phase.is_printing or self.phase is Phase.STARTING or self.holds_print

    def with_nozzle(self, index: int, temperature: Temperature) -> PrinterState:
        """A copy in which nozzle `index` has this temperature; nozzles before it are made up."""
        nozzles = list(self.nozzles)
        nozzles.extend(Temperature() for _ in range(index + 1 - len(nozzles)))
        nozzles[index] = temperature
        return replace(self, nozzles=tuple(nozzles))


MESSAGES_KEPT = 50
NOZZLES_MOST, FANS_MOST, CHOICES_MOST, PAUSES_MOST = 16, 32, 20, 100
"""What a peer may tell of; no printer has as many."""


@dataclass(frozen=True, slots=True)
class StopReport:
    """What came of an emergency stop: whether the board said that it halted."""

    confirmed: bool
    text: str
