"""A printer in memory: every answer at once, every fault on request.

The contract suite runs over it beside the real backends, and the console is tested with it. It
prints only as far as a test tells it to (`advance`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gbterm import events
from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.arrival import Arrival
from gbterm.backends.base import Backend, ConsoleListener
from gbterm.backends.capability import Capability
from gbterm.backends.server_side import Progress
from gbterm.config import Limits
from gbterm.console_lines import EVERYTHING as CONSOLE_LINES
from gbterm.console_lines import ConsoleLine, ConsoleLines, Filter
from gbterm.errors import (
    FileRefused,
    GbtermError,
    LinkError,
    NeedsConfirmation,
    NoSuchFile,
    OutOfRange,
    UsageError,
    WrongState,
)
from gbterm.files import DiskUse, FileLayers, GcodeFile, LayerGeometry, Toolpath
from gbterm.jobs import Job, JobRecord
from gbterm.lost_print import ResumePoint
from gbterm.model import (
    Message,
    Phase,
    Position,
    PrinterState,
    Prompt,
    StopReport,
    StreamReport,
    StreamStatistics,
    Temperature,
)
from gbterm.temperatures import Sample

EVERYTHING = ~Capability(0)
NOTHING = Capability(0)
MAX_NOZZLE_C, MAX_BED_C = 300.0, 120.0
MOST_BABYSTEP_MM, MOST_BABYSTEPS_MM = 0.5, 2.0
NOON = 1_700_000_000.0
"""When everything happens."""


PRESET = Preset("PLA", 210.0, 60.0)
MACRO = Macro("lift", ("G91", "G1 Z10", "G90"), "Is nothing above the head?")
COMMAND = HostCommand("lights", description="the lamp over the printer")


class MemoryBackend(Backend):
    """A printer with one nozzle, a bed and a library, in memory."""

    name = "memory"

    def __init__(self, capabilities: Capability = EVERYTHING) -> None:
        super().__init__()
        self._capabilities = capabilities
        self._limits: Limits | None = Limits(nozzle_max=MAX_NOZZLE_C, bed_max=MAX_BED_C)
        self.calls: list[str] = []
        """The names of the commands that were asked for, refused ones included."""
        self.library: dict[int, GcodeFile] = {}
        self.contents: dict[int, bytes] = {}
        self.answers: list[int] = []
        self.stop_report: StopReport | GbtermError = StopReport(True, "Printer halted.")
        self.refuse: GbtermError | None = None
        """What the next command raises."""
        self.gate: asyncio.Event | None = None
        """Where set, every command waits for it first."""
        self.not_homed = ""
        """The axes, as `XYZ`, that it moves only once they are homed."""
        self.remembered: list[Sample] = []
        """The temperatures before the console came."""
        self.closed = False
        self.lost: ResumePoint | None = None
        """Where the print that was lost can go on."""
        self.went_on: tuple[int | None, float | None] | None = None
        """The line and the height that it went on with, as they were given."""
        self.past: list[JobRecord] = []
        """The prints that have ended, the newest first."""
        self.cable: list[ConsoleLine] = []
        """What was sent and answered."""
        self._watches: list[Callable[[tuple[ConsoleLine, ...]], None]] = []

    @property
    def capabilities(self) -> Capability:
        return self._capabilities

    @property
    def limits(self) -> Limits | None:
        return self._limits

    # What a test does to it

    def add_file(
        self, name: str, content: bytes = b"G28\nG1 X1\nG1 X2\nG1 X3\n", folder: str = ""
    ) -> GcodeFile:
        """A file that was uploaded before."""
        number = max(self.library, default=0) + 1
        uploaded = f"2024-05-{number:02} 12:00:00.000000"
        file = GcodeFile(number, name, len(content), uploaded, folder=folder)
        self.library[number], self.contents[number] = file, content
        return file

    def report_all(self, state: PrinterState) -> None:
        """Become `state`, as if its events had come one by one."""
        self._state = state
        self.report(events.WaitBegan(state.waiting_for))

    def advance(self, lines: int = 1) -> None:
        """Let the board acknowledge `lines` more lines of the job; the last one ends it."""
        job = self._printing("advance")
        line = min(job.lines, job.line + lines)
        share = line / job.lines
        job = replace(
            job,
            line=line,
            command=line,
            byte=int(job.bytes * share),
            elapsed_s=float(line),
            left_s=job.lines - line,
        )
        self.report(events.JobChanged(job))
        if line == job.lines:
            self._end("finished")

    def fail(self, text: str) -> None:
        """The printer reports a fault."""
        self.report(events.ErrorReported(text))
        if self._state.job and not self._state.job.outcome:
            self.report(events.JobChanged(replace(self._state.job, outcome="failed")))
        self.report(events.PhaseChanged(Phase.ERROR, text))

    def enter_layer(self, layer: int, layers: int) -> None:
        """The print comes to a layer of a file that shows so many."""
        job = self._printing("enter a layer")
        self.report(events.JobChanged(replace(job, layer=layer, layers=layers)))

    def lose_print(self) -> None:
        """The board restarts in the middle of the print, and somebody has looked after it."""
        job = self._printing("lose a print")
        line, lines = job.line, max(job.line + 1, job.lines)
        self.lost = ResumePoint(
            *(job.name, job.file_id, line, lines, line + 1, lines, job.layer, 4.2, 4.4),
            *({0: 210.0}, 60.0),
            f"{job.name} goes on at line {line + 1}. Go on?",
        )
        self.fail("The board restarted.")
        self.report(events.PrintLost(job.name))
        self.report(events.ErrorReported(""))
        self.report(events.PhaseChanged(Phase.READY))

    def lose(self, reason: str = "The server closed the connection.") -> None:
        """The connection goes."""
        self.report(events.PhaseChanged(Phase.DISCONNECTED, reason))

    def come_back(self, phase: Phase = Phase.READY) -> None:
        """The connection returns by itself."""
        self.report(events.PhaseChanged(phase))

    def ask(self, text: str, *choices: str) -> None:
        """The firmware asks a question."""
        self.report(events.PromptShown(Prompt(text, choices)))

    def say(self, text: str, level: str = "info") -> None:
        """A message for a person."""
        self.report(events.MessageReported(Message(text, level, NOON)))

    # What a backend does

    async def connect(self) -> None:
        await self._called("connect")
        self.report(events.PhaseChanged(Phase.CONNECTING))
        self.report(
            events.TemperaturesReported({0: Temperature(21.0, 0.0)}, Temperature(20.0, 0.0))
        )
        self.report(events.PositionReported(Position(0.0, 0.0, 0.0, 0.0)))
        self.report(events.PhaseChanged(Phase.READY))

    async def close(self) -> None:
        self.closed = True

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        await self._called("set_temperature", Capability.TEMPERATURE)
        for index, target in (nozzles or {}).items():
            if not 0 <= index < len(self._state.nozzles):
                raise OutOfRange(f"{self.name} has no nozzle {index + 1}.")
            _check_limit("nozzle", target, MAX_NOZZLE_C)
        if bed is not None:
            _check_limit("bed", bed, MAX_BED_C)
        if chamber is not None:
            raise OutOfRange(f"{self.name} has no heated chamber.")
        self.report(
            events.TemperaturesReported(
                {index: Temperature(target=target) for index, target in (nozzles or {}).items()},
                None if bed is None else Temperature(target=bed),
            )
        )

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        await self._called("move", Capability.MOVE)
        self._idle("move the head")
        if rate_mm_s is not None and rate_mm_s <= 0:
            raise OutOfRange("A feed rate has to be above 0 mm/s.")
        if axes := "".join(
            a for a, v in (("X", x), ("Y", y), ("Z", z)) if v and a in self.not_homed
        ):
            self.report(events.HomingDemanded(axes))
            self.report(events.PositionReported(self._state.position, moved=True))
            return
        here = self._state.position

        def to(old: float | None, by: float | None) -> float | None:
            return by if by is None or not relative else (old or 0.0) + by

        there = Position(to(here.x, x), to(here.y, y), to(here.z, z))
        self.report(events.PositionReported(there))

    async def home(self, axes: str = "xyz") -> None:
        await self._called("home", Capability.HOME)
        self._idle("home")
        if not axes or set(axes) - set("xyz"):
            raise UsageError(f"There are no axes “{axes}”: name x, y and z.")
        self.not_homed = "".join(a for a in self.not_homed if a.lower() not in axes)
        self.report(events.HomingDemanded(""))
        self.report(events.PositionReported(Position(**dict.fromkeys(axes, 0.0))))

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        await self._called("extrude", Capability.EXTRUDE)
        self._idle("move filament")
        here = self._state.position.e or 0.0
        self.report(events.PositionReported(Position(e=here + length_mm)))

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        await self._called("set_flow", Capability.OVERRIDES)
        self.report(events.FlowChanged(percent, nozzle))

    async def set_speed(self, percent: float) -> None:
        await self._called("set_speed", Capability.OVERRIDES)
        self.report(events.SpeedChanged(percent))

    async def babystep(self, z_mm: float) -> None:
        await self._called("babystep", Capability.BABYSTEP)
        raised = round(self._state.babystep_mm + z_mm, 4)
        if not 0 < abs(z_mm) <= MOST_BABYSTEP_MM or abs(raised) > MOST_BABYSTEPS_MM:
            raise OutOfRange(f"A babystep of {z_mm:g} mm leads too far.")
        self.report(events.BabystepChanged(raised))

    async def set_fan(self, fan: int, percent: float) -> None:
        await self._called("set_fan", Capability.FANS)
        self.report(events.FanChanged(fan, percent))

    async def set_steppers(self, *, enabled: bool) -> None:
        await self._called("set_steppers", Capability.STEPPERS)
        self._idle("switch the motors")
        self.report(events.SteppersChanged(enabled))

    async def begin_swap(self) -> None:
        await self._called("begin_swap", Capability.FILAMENT_SWAP)
        self._printing("change filament")
        self.report(events.PhaseChanged(Phase.FILAMENT_SWAP))

    async def complete_swap(self) -> None:
        await self._called("complete_swap", Capability.FILAMENT_SWAP)
        self._printing("change filament")
        self.report(events.PhaseChanged(Phase.EXECUTING))

    async def pause(self) -> None:
        await self._called("pause", Capability.JOB)
        self._printing("pause")
        self.report(events.PhaseChanged(Phase.PAUSED))

    async def set_pause_layers(self, layers: Sequence[int]) -> None:
        await self._called("set_pause_layers", Capability.PAUSE_AT_LAYER)
        job = self._printing("pause at a layer")
        self.report(events.JobChanged(replace(job, pause_layers=tuple(sorted(set(layers))))))

    async def resume(self) -> None:
        await self._called("resume", Capability.JOB)
        self._printing("resume")
        self.report(events.PhaseChanged(Phase.EXECUTING))

    async def cancel(self) -> None:
        await self._called("cancel", Capability.JOB)
        if self.lost is not None:
            self._forget_lost()
            self.report(events.JobChanged(None))
            return
        self._printing("cancel")
        self._heaters_off()
        self._end("cancelled")

    async def resume_point(self) -> ResumePoint:
        await self._called("resume_point", Capability.RESUME_JOB)
        if self.lost is None:
            raise WrongState(f"{self.name} has lost no print.")
        return self.lost

    async def resume_job(
        self, line: int | None = None, z_mm: float | None = None, *, confirmed: bool = False
    ) -> None:
        point = await self.resume_point()
        self._idle("go on with a print")
        if line is not None and not 1 <= line <= point.lines:
            raise OutOfRange(f"There is no line {line}: name one from 1 to {point.lines}.")
        if not confirmed and z_mm is None:
            raise NeedsConfirmation(point.question)
        job = Job(point.name, point.file_id, line=line or point.start_line, lines=point.lines)
        self.went_on = (line, z_mm)
        self._forget_lost()
        self.report(events.JobChanged(job))
        self.report(events.PhaseChanged(Phase.EXECUTING))

    def _forget_lost(self) -> None:
        self.lost = None
        self.report(events.PrintLost(""))

    async def emergency_stop(self) -> StopReport:
        await self._called("emergency_stop", Capability.EMERGENCY_STOP)
        if isinstance(self.stop_report, GbtermError):
            raise self.stop_report
        if self.stop_report.confirmed:
            self.fail("Stopped by an emergency stop.")
        return self.stop_report

    async def reconnect(self) -> None:
        await self._called("reconnect", Capability.RECONNECT)
        self.report(events.ErrorReported(""))
        self.report(events.PhaseChanged(Phase.CONNECTING))
        self.report(events.PhaseChanged(Phase.READY))

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        await self._called("reconnect", Capability.RECONNECT)
        self._heaters_off()
        self.report(events.BabystepChanged(0.0))
        self.lose("Somebody disconnected it.")

    async def connect_printer(self) -> None:
        await self._called("reconnect", Capability.RECONNECT)
        if self._state.phase is Phase.DISCONNECTED:
            self.come_back()

    async def send_gcode(self, commands: str, *, confirmed: bool = False) -> list[Reply]:
        await self._called("send_gcode", Capability.GCODE)
        texts = commands.splitlines()
        for text in texts:
            self.over_the_cable(ConsoleLine(NOON, "out", text), ConsoleLine(NOON, "in", "ok"))
        return [Reply(text) for text in texts]

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = CONSOLE_LINES, backlog: int = 0
    ) -> Callable[[], None]:
        await self._called("watch_console", Capability.CONSOLE)

        def tell(lines: tuple[ConsoleLine, ...]) -> None:
            if (chosen := wanted.of(ConsoleLines(lines))).lines:
                listener(chosen)

        tell(tuple(self.cable[-backlog:] if backlog else ()))
        self._watches.append(tell)

        def stop() -> None:
            if tell in self._watches:
                self._watches.remove(tell)

        return stop

    async def stream_statistics(self) -> StreamStatistics:
        await self._called("stream_statistics", Capability.STATISTICS)
        sent = [line.text for line in self.cable if line.direction == "out"]
        return StreamStatistics(
            since=NOON,
            lines_sent=len(sent),
            bytes_sent=len("\n".join(sent)),
            oks=len(self.cable) - len(sent),
            stream=self._state.stream or StreamReport(),
        )

    @property
    def is_watched(self) -> bool:
        """Whether somebody is told what goes over the cable."""
        return bool(self._watches)

    def over_the_cable(self, *lines: ConsoleLine) -> None:
        """These lines go to the board and come from it."""
        self.cable.extend(lines)
        for tell in tuple(self._watches):
            tell(lines)

    async def answer_prompt(self, choice: int) -> None:
        await self._called("answer_prompt", Capability.PROMPTS)
        prompt = self._state.prompt
        if prompt is None:
            raise WrongState(f"{self.name} asks nothing.")
        if not 0 <= choice < len(prompt.choices):
            raise OutOfRange(f"There is no choice {choice + 1}.")
        self.answers.append(choice)
        self.report(events.PromptClosed())

    async def presets(self) -> list[Preset]:
        await self._called("presets", Capability.ACTIONS)
        return [PRESET]

    async def apply_preset(self, name: str, nozzle: int | None = None) -> None:
        await self._called("apply_preset", Capability.ACTIONS)
        _same_name(name, PRESET.name)
        nozzles = {nozzle or 0: PRESET.nozzle or 0.0}
        await self.set_temperature(nozzles=nozzles, bed=PRESET.bed)

    async def macros(self) -> list[Macro]:
        await self._called("macros", Capability.ACTIONS)
        return [MACRO]

    async def run_macro(self, name: str, *, confirmed: bool = False) -> list[Reply]:
        await self._called("run_macro", Capability.ACTIONS)
        _same_name(name, MACRO.name)
        if not confirmed:
            raise NeedsConfirmation(MACRO.confirm)
        return [Reply(command) for command in MACRO.gcode]

    async def commands(self) -> list[HostCommand]:
        await self._called("commands", Capability.ACTIONS)
        return [COMMAND]

    async def run_command(self, name: str, *, confirmed: bool = False) -> CommandResult:
        await self._called("run_command", Capability.ACTIONS)
        _same_name(name, COMMAND.name)
        self._idle(f"run {name}")
        return CommandResult(0, ("done",))

    async def history(
        self, *, before: str | float | None = None, most: int = 50, search: str = ""
    ) -> list[JobRecord]:
        await self._called("history", Capability.HISTORY)
        found = [record for record in self.past if search in record.name]
        if isinstance(before, str):
            found = found[[record.id for record in found].index(before) + 1 :]
        return found[:most]

    async def temperature_history(self) -> list[Sample]:
        await self._called("temperature_history", Capability.TEMPERATURE_HISTORY)
        return self.remembered

    async def counters(self) -> dict[str, int]:
        await self._called("counters", Capability.COUNTERS)
        return {"printer_up_mins": 600, "printer_print_mins": 90, "bed_up_mins": 75}

    async def disks(self) -> dict[str, DiskUse]:
        await self._called("disks", Capability.COUNTERS)
        return {"/": DiskUse(12_000_000_000, 32_000_000_000)}

    async def layers(self, file_id: int, first: int = 1) -> FileLayers:
        await self._called("layers", Capability.LAYERS)
        self._file(file_id)
        count = self.contents[file_id].count(b";LAYER:")
        return FileLayers(count, first, tuple(map(float, range(first, count + 1))))

    async def layer_geometry(
        self, file_id: int, layer: int, most: int | None = None
    ) -> LayerGeometry:
        await self._called("layer_geometry", Capability.LAYERS)
        self._file(file_id)
        square = Toolpath("extrude", 0, (10.0, 10.0, 90.0, 10.0, 90.0, 90.0, 10.0, 90.0))
        way = Toolpath("travel", 0, (20.0, 50.0, 80.0, 50.0))
        return LayerGeometry(layer, float(layer), (square, way))

    async def files(self) -> list[GcodeFile]:
        await self._called("files", Capability.FILES)
        return sorted(self.library.values(), key=lambda file: file.id, reverse=True)

    async def file(self, file_id: int) -> GcodeFile:
        await self._called("file", Capability.FILES)
        return self._file(file_id)

    async def upload(
        self, path: Path, progress: Progress | None = None, folder: str = ""
    ) -> GcodeFile:
        await self._called("upload", Capability.FILES)
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise FileRefused(f"{path} can't be read: {error.strerror}.") from error
        if b"\0" in content:
            raise FileRefused(f"{path.name} is not G-code: it holds a NUL byte.")
        for done in range(0, len(content) + 1, max(1, len(content) // 4)):
            if progress is not None:
                progress(done, len(content))
        return self.add_file(path.name, content, folder)

    async def download_file(
        self,
        file_id: int,
        path: Path,
        progress: Progress | None = None,
        *,
        confirmed: bool = False,
    ) -> None:
        await self._called("download_file", Capability.DOWNLOAD)
        file, content = self._file(file_id), self.contents[file_id]
        arrival = Arrival(path, replaces=confirmed)
        try:
            for at in range(0, len(content), max(1, len(content) // 4)):
                arrival.write(content[at : at + max(1, len(content) // 4)])
                if progress is not None:
                    progress(arrival.size, file.size)
            arrival.finish(hashlib.sha256(content).hexdigest())
        finally:
            arrival.close()

    async def rename_file(self, file_id: int, name: str) -> GcodeFile:
        await self._called("rename_file", Capability.RENAME)
        file = self._file(file_id)
        if not name.strip():
            raise UsageError("The file needs a name.")
        self.library[file_id] = replace(file, name=name)
        return self.library[file_id]

    async def delete_file(self, file_id: int) -> None:
        await self._called("delete_file", Capability.FILES)
        file = self._file(file_id)
        job = self._state.job
        if self._state.phase.is_printing and job is not None and job.file_id == file_id:
            raise WrongState(f"{file.name} is being printed: cancel that first.")
        del self.library[file_id], self.contents[file_id]

    async def print_file(self, file_id: int, *, confirmed: bool = False) -> None:
        await self._called("print_file", Capability.FILES)
        file = self._file(file_id)
        self._idle("print")
        lines = self.contents[file_id].splitlines()
        for number, line in enumerate(lines, 1):
            if b"M112" in line:
                raise FileRefused(f"{file.name} line {number} is M112, which a file may not send.")
            if b"M500" in line and not confirmed:
                raise NeedsConfirmation(f"Line {number} is M500, which overwrites stored settings.")
        job = Job(
            file.name,
            file_id,
            lines=len(lines),
            bytes=file.size,
            left_s=float(len(lines)),
            commands=len(lines),
        )
        self.report(events.PhaseChanged(Phase.STARTING))
        self.report(events.JobChanged(job))
        self.report(events.PhaseChanged(Phase.EXECUTING))
        self.say(f"Printing {file.name}.")

    async def _called(self, command: str, needs: Capability = NOTHING) -> None:
        self.calls.append(command)
        if self.gate is not None:
            await self.gate.wait()
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self.require(needs, command.replace("_", " "))
        if self._state.phase is Phase.DISCONNECTED and command not in ("connect", "reconnect"):
            raise LinkError(f"{self.name} is not connected.")

    def _heaters_off(self) -> None:
        self.report(
            events.TemperaturesReported({0: Temperature(target=0.0)}, Temperature(target=0.0))
        )

    def _file(self, file_id: int) -> GcodeFile:
        if file_id not in self.library:
            raise NoSuchFile(f"The library holds no file number {file_id}.")
        return self.library[file_id]

    def _printing(self, what: str) -> Job:
        job = self._state.job
        if job is None or not self._state.phase.is_printing:
            raise WrongState(f"{self.name} can't {what}: nothing is being printed.")
        return job

    def _idle(self, what: str) -> None:
        if self._state.phase is not Phase.READY:
            raise WrongState(f"{self.name} can't {what} now: it is {self._state.phase.value}.")

    def _end(self, outcome: str) -> None:
        job = self._printing(outcome)
        self.report(events.JobChanged(replace(job, outcome=outcome)))
        self.past.insert(0, JobRecord(f"job {len(self.past)}", job.name, outcome=outcome))
        self.report(events.PhaseChanged(Phase.READY))
        self.say(f"{job.name}: {outcome}.")


def _same_name(name: str, known: str) -> None:
    if name != known:
        raise UsageError(f"There is nothing called {name!r}; there is: {known}.")


def _check_limit(what: str, target: float, limit: float) -> None:
    if not 0 <= target <= limit:
        raise OutOfRange(f"The {what} takes 0 to {limit:.0f} °C, not {target:.0f}.")
