"""What is true of a printer: frozen values without I/O, the same for every kind of backend."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum

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
class Job:
    """The job under way, or the last one.

    `line` is the last line of the file that the board acknowledged, from 1 as an editor counts,
    comments and blank lines included; `lines` is how many there are. Times are in seconds; None is
    unknown. A plain OpenGB server tells of commands alone, which are then shown as lines.
    """

    name: str
    file_id: int | None = None
    path: str = ""
    sha256: str = ""
    line: int = 0
    lines: int = 0
    byte: int = 0
    bytes: int = 0
    elapsed_s: float = 0.0
    left_s: float | None = None
    outcome: str = ""
    """Empty while it is under way, then `finished`, `cancelled` or `failed`."""
    command: int = 0
    """How far it is in commands, which OpenGB's `progress_update` counts: no comments."""
    commands: int = 0
    layer: int | None = None
    """The one that the print is in, from 1, through all objects; 0 before the first, None where
    the file shows no layers."""
    layers: int | None = None
    pause_layers: tuple[int, ...] = ()
    """Before which of them the print pauses, in order."""
    id: str = ""
    """Its own for all time, unlike its file's."""
    started_at: float | None = None
    ended_at: float | None = None
    """Unix times."""
    reason: str = ""
    """Why it failed, in a sentence."""
    pauses: int = 0
    """How often it stood still for somebody."""
    resends: int = 0

    @property
    def fraction(self) -> float:
        """Progress from 0 to 1 by bytes, which are known before the lines are counted."""
        if self.outcome == "finished":
            return 1.0
        return min(1.0, self.byte / self.bytes) if self.bytes else 0.0


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
    job: Job | None = None
    stream: StreamReport | None = None
    """Of the job under way, where the backend streams itself."""
    firmware: Firmware = Firmware()
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

    def with_nozzle(self, index: int, temperature: Temperature) -> PrinterState:
        """A copy in which nozzle `index` has this temperature; nozzles before it are made up."""
        nozzles = list(self.nozzles)
        nozzles.extend(Temperature() for _ in range(index + 1 - len(nozzles)))
        nozzles[index] = temperature
        return replace(self, nozzles=tuple(nozzles))


MESSAGES_KEPT = 50


@dataclass(frozen=True, slots=True)
class FileDetails:
    """What a G-code file says of itself; what it doesn't is empty or None.

    `low_mm` and `high_mm` are the corners (x, y, z) of the space that it prints in, `tools` the
    nozzles that print, from 0.
    """

    slicer: str = ""
    material: str = ""
    quality: str = ""
    layer_height_mm: float | None = None
    layers: int | None = None
    time_s: float | None = None
    filament_mm: float | None = None
    filament_g: float | None = None
    tools: tuple[int, ...] = ()
    low_mm: tuple[float, ...] = ()
    high_mm: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class GcodeFile:
    """A file of the library; times in seconds, lengths in mm, weights in g, `size` in bytes."""

    id: int
    name: str
    size: int
    uploaded: str
    """`YYYY-MM-DD HH:MM:SS.ffffff`, as OpenGB gives it."""
    print_material: str = ""
    print_quality: str = ""
    print_extruders: str = ""
    print_time_sec: int = 0
    print_filament_mm: int = 0
    print_material_gm: int = 0
    thumbnail_png_base64: str = ""
    details: FileDetails = FileDetails()
    """Beyond OpenGB's eleven fields."""


@dataclass(frozen=True, slots=True)
class FileLayers:
    """Layers of a file, from number `first` on: for each where it begins and what it takes.

    `z_mm` is where a layer first prints, None where it doesn't; `line` is its first, from 1;
    `offset` and `size` are in bytes; `filament_mm` is what it feeds.
    """

    layers: int
    """How many there are in all."""
    first: int = 1
    z_mm: tuple[float | None, ...] = ()
    line: tuple[int, ...] = ()
    offset: tuple[int, ...] = ()
    size: tuple[int, ...] = ()
    filament_mm: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Toolpath:
    """Moves without a gap, all of one kind: `extrude` or `travel`; tools count from 0."""

    kind: str
    tool: int
    points: tuple[float, ...]
    """X, Y, X, Y … in mm."""


@dataclass(frozen=True, slots=True)
class LayerGeometry:
    """What a layer draws, seen from above."""

    layer: int
    z_mm: float | None = None
    paths: tuple[Toolpath, ...] = ()
    thinned: bool = False
    """Whether points were left out that were too many."""
    cut: bool = False
    """Whether the layer was too large to be read to its end."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a board said to a command, line by line, without its ok."""

    command: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A print of the past. Times at which something was are Unix times, the others in seconds.

    The estimate and the filament are the whole file's, as far as it says; `fraction` is how much of
    it was printed, from 0 to 1.
    """

    id: str
    name: str
    file_id: int | None = None
    sha256: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    outcome: str = ""
    """`finished`, `cancelled` or `failed`."""
    reason: str = ""
    """Why it failed."""
    fraction: float = 0.0
    printed_s: float = 0.0
    """Without the time that it stood still."""
    estimate_s: float | None = None
    filament_mm: float | None = None
    filament_g: float | None = None
    pauses: int = 0
    resends: int = 0


@dataclass(frozen=True, slots=True)
class Preset:
    """Targets in °C under a name; a heater whose target is None stays as it is."""

    name: str
    nozzle: float | None = None
    """Of every nozzle."""
    bed: float | None = None
    chamber: float | None = None


@dataclass(frozen=True, slots=True)
class Macro:
    """G-code under a name. `confirm` is what its user is asked first, empty for nothing."""

    name: str
    gcode: tuple[str, ...] = ()
    """Its commands, one after the other."""
    confirm: str = ""
    key: str = ""
    """The key of the console that runs it, where it has one."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class HostCommand:
    """A program on the printer's host under a name. `confirm` is as a macro's."""

    name: str
    confirm: str = ""
    description: str = ""
    safe: bool = False
    """Whether it may run during a print."""
    timeout_s: float = 60.0
    """It is ended after that."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What came of a program: its exit code, below 0 for the signal that ended it."""

    exit_code: int
    output: tuple[str, ...] = ()
    """The last lines that it wrote."""


@dataclass(frozen=True, slots=True)
class StopReport:
    """What came of an emergency stop: whether the board said that it halted."""

    confirmed: bool
    text: str
