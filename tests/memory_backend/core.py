"""The printer itself: its state, what a test does to it, its port, its questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gbterm import events
from gbterm.audit import AuditEntry
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.config import Limits
from gbterm.connection import ConnectionChoice, ConnectionOptions, Machine, Retry
from gbterm.console_lines import ConsoleLine
from gbterm.errors import (
    AuthenticationRefused,
    GbtermError,
    LinkError,
    NoSuchFile,
    OutOfRange,
    WrongState,
)
from gbterm.files import GcodeFile
from gbterm.jobs import Job, JobRecord
from gbterm.lost_print import ResumePoint
from gbterm.model import Message, Phase, Position, PrinterState, Prompt, StopReport, Temperature
from gbterm.temperatures import Sample

EVERYTHING = ~Capability(0)
NOTHING = Capability(0)
OFFLINE = ("connect", "reconnect", "connection_options", "connect_printer_by", "ask_for_key")
"""What can be asked for without a printer."""
MAX_NOZZLE_C, MAX_BED_C = 300.0, 120.0
NOON = 1_700_000_000.0
"""When everything happens."""


class Core(Backend):
    """What the others stand on."""

    name = "memory"
    grants_keys = True

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
        self.done: list[AuditEntry] = []
        """The prints that have ended, the newest first."""
        self.cable: list[ConsoleLine] = []
        """What was sent and answered."""
        self.key = self.key_wanted = ""
        """What is shown to it, and what it takes."""
        self.folder_paths: set[str] = set()
        """Folders that were made, of which some may be empty."""
        self.selected_id: int | None = None
        """Of the file that was selected."""
        self.options = ConnectionOptions(
            ("/dev/ttyUSB0", "VIRTUAL"),
            (250_000, 115_200),
            {"_default": "Workhorse", "large": "Large one"},
            ConnectionChoice("VIRTUAL", None, "_default"),
        )
        """By what it can be connected."""
        self.known: Machine | None = None
        """What its server knows of the machine."""
        self.heard: float | None = None
        """When it was last heard, as it says."""
        self.tries: Retry | None = None
        """How it tries to come back, as it says."""
        self._watches: list[Callable[[tuple[ConsoleLine, ...]], None]] = []

    @property
    def capabilities(self) -> Capability:
        return self._capabilities

    @property
    def limits(self) -> Limits | None:
        return self._limits

    @property
    def machine(self) -> Machine | None:
        return self.known

    @property
    def heard_at(self) -> float | None:
        return self.heard

    @property
    def retry(self) -> Retry | None:
        return self.tries

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

    def unplug(self, port: str = "/dev/ttyUSB0") -> None:
        """The printer's cable is pulled in mid-print, and its server says so."""
        job = self._printing("lose its cable")
        reason = f"Since 12:00:00 the printer is out of reach: {job.name} waits for it."
        self.report(events.PhaseChanged(Phase.DISCONNECTED, reason))
        self.report(events.WaitBegan(f"{port} to come back, 12 s"))

    def ask(self, text: str, *choices: str) -> None:
        """The firmware asks a question."""
        self.report(events.PromptShown(Prompt(text, choices)))

    def say(self, text: str, level: str = "info") -> None:
        """A message for a person."""
        self.report(events.MessageReported(Message(text, level, NOON)))

    # What a backend does

    async def connect(self) -> None:
        await self._called("connect")
        self.closed = False
        if self.key != self.key_wanted:
            raise AuthenticationRefused(f"{self.name} asks for a key.")
        self.report(events.PhaseChanged(Phase.CONNECTING))
        self.report(
            events.TemperaturesReported({0: Temperature(21.0, 0.0)}, Temperature(20.0, 0.0))
        )
        self.report(events.PositionReported(Position(0.0, 0.0, 0.0, 0.0)))
        self.report(events.PhaseChanged(Phase.READY))

    async def close(self) -> None:
        self.closed = True

    async def answer_prompt(self, choice: int) -> None:
        await self._called("answer_prompt", Capability.PROMPTS)
        prompt = self._state.prompt
        if prompt is None:
            raise WrongState(f"{self.name} asks nothing.")
        if not 0 <= choice < len(prompt.choices):
            raise OutOfRange(f"There is no choice {choice + 1}.")
        self.answers.append(choice)
        self.report(events.PromptClosed())

    async def _called(self, command: str, needs: Capability = NOTHING) -> None:
        self.calls.append(command)
        if self.gate is not None:
            await self.gate.wait()
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self.require(needs, command.replace("_", " "))
        is_lost = self._state.phase is Phase.DISCONNECTED and not self._state.holds_print
        is_gone = self.closed or is_lost
        if is_gone and command not in OFFLINE:
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

    def _movable(self, what: str) -> None:
        if self._state.phase is not Phase.PAUSED:
            self._idle(what)

    def _end(self, outcome: str) -> None:
        job = self._printing(outcome)
        self.report(events.JobChanged(replace(job, outcome=outcome)))
        self.past.insert(0, JobRecord(f"job {len(self.past)}", job.name, outcome=outcome))
        self.report(events.PhaseChanged(Phase.READY))
        self.say(f"{job.name}: {outcome}.")
