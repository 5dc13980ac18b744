"""A backend for gbterm in one file: printers of numbers, at addresses as `toy://bench`.

`Device` stands for what a real backend talks to. `ToyBackend` looks at it a few times a second, as
one would ask a server, and reports what changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from gbterm.backends.base import Backend
from gbterm.backends.capability import OF_LIBRARIES, Capability
from gbterm.backends.server_side import Progress
from gbterm.credentials import Credentials
from gbterm.errors import FileRefused, LinkError, NoSuchFile, OutOfRange, WrongState
from gbterm.events import JobChanged, PhaseChanged, PositionReported, TemperaturesReported
from gbterm.files import GcodeFile
from gbterm.jobs import Job
from gbterm.model import Phase, Position, StopReport, Temperature

LOOK_EVERY_S = 0.02
NOZZLE_MAX, BED_MAX = 300.0, 120.0
IN_REACH = (Phase.READY, Phase.EXECUTING, Phase.PAUSED)


@dataclass
class Device:
    """The printer: it prints a line each time that somebody looks."""

    is_on: bool = True
    is_open: bool = True
    halted: str = ""
    paused: bool = False
    targets: dict[str, float] = field(default_factory=lambda: {"nozzle": 0.0, "bed": 0.0})
    place: dict[str, float] = field(default_factory=lambda: dict.fromkeys("xyz", 0.0))
    files: dict[int, tuple[GcodeFile, int]] = field(default_factory=dict)
    """With how many lines each has."""
    job: Job | None = None

    @property
    def prints(self) -> bool:
        """Whether a print is under way."""
        return self.job is not None and not self.job.outcome

    @property
    def phase(self) -> tuple[Phase, str]:
        """What it does, and why where that needs saying."""
        if not self.is_on:
            return Phase.DISCONNECTED, "The toy is switched off."
        if not self.is_open:
            return Phase.DISCONNECTED, "It was disconnected: connect opens it again."
        if self.halted:
            return Phase.ERROR, self.halted
        if self.prints:
            return (Phase.PAUSED if self.paused else Phase.EXECUTING), ""
        return Phase.READY, ""

    def work(self) -> None:
        """Print a line."""
        if self.job is not None and self.phase[0] is Phase.EXECUTING:
            line = self.job.line + 1
            outcome = "finished" if line >= self.job.lines else ""
            self.job = replace(self.job, line=line, byte=line, outcome=outcome)

    def end(self, outcome: str) -> None:
        """End the print, with the heaters off."""
        if self.job is not None and self.prints:
            self.job = replace(self.job, outcome=outcome)
        self.targets = dict.fromkeys(self.targets, 0.0)
        self.paused = False


DEVICES: dict[str, Device] = {}
"""By their addresses, for as long as this process lives."""


class ToyBackend(Backend):
    """The printer at an address. An entry point is called with these three."""

    def __init__(
        self, url: str, name: str | None = None, credentials: Credentials | None = None
    ) -> None:
        super().__init__()
        del credentials  # it asks for no key
        self.address, self.name = url, name or url.partition("://")[2]
        self._device = DEVICES.setdefault(url, Device())
        self._looking: asyncio.Task[None] | None = None
        self._heard: float | None = None

    @property
    def capabilities(self) -> Capability:
        able = Capability.TEMPERATURE | Capability.MOVE | Capability.HOME | Capability.JOB
        return able | Capability.EMERGENCY_STOP | Capability.RECONNECT | OF_LIBRARIES

    @property
    def heard_at(self) -> float | None:
        return self._heard

    # From the device to events

    async def connect(self) -> None:
        self.report(PhaseChanged(Phase.CONNECTING))
        self._look()
        self._looking = asyncio.create_task(self._look_again())

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        self._looking = None

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._device.work()
            self._look()

    def _look(self) -> None:
        """Report what is not known yet."""
        device, known = self._device, self.state
        if device.is_on:
            self._heard = time.monotonic()
            self.report(
                TemperaturesReported(
                    {0: Temperature(20.0 + device.targets["nozzle"], device.targets["nozzle"])},
                    Temperature(20.0 + device.targets["bed"], device.targets["bed"]),
                )
            )
            if (position := Position(**device.place)) != known.position:
                self.report(PositionReported(position))
        if device.job != known.job:
            self.report(JobChanged(device.job))
        if device.phase != (known.phase, known.reason):
            self.report(PhaseChanged(*device.phase))

    # From commands to the device

    def _reach(self, what: str, *phases: Phase) -> Device:
        """The device, where it can do `what` now. Raises `LinkError` or `WrongState`."""
        phase, why = self._device.phase
        if self._looking is None or phase is Phase.DISCONNECTED:
            raise LinkError(f"{self.name} can't {what}: {why or 'it is not connected.'}")
        if phase not in phases:
            raise WrongState(f"{self.name} can't {what} now: it is {phase.value}.")
        return self._device

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        device = self._reach("heat", *IN_REACH)
        if chamber is not None or set(nozzles or {}) - {0}:
            raise OutOfRange(f"{self.name} has one nozzle and a bed.")
        wanted = {"nozzle": (nozzles or {}).get(0), "bed": bed}
        for heater, most in (("nozzle", NOZZLE_MAX), ("bed", BED_MAX)):
            target = wanted[heater]
            if target is not None and not 0 <= target <= most:  # not a number is neither
                raise OutOfRange(f"The {heater}'s target must be from 0 to {most:g} °C.")
        device.targets |= {name: target for name, target in wanted.items() if target is not None}
        self._look()

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        del rate_mm_s  # it is there at once
        device = self._reach("move", Phase.READY, Phase.PAUSED)
        for axis, value in (("x", x), ("y", y), ("z", z)):
            if value is not None and math.isfinite(value):
                device.place[axis] = value + (device.place[axis] if relative else 0.0)
        self._look()

    async def home(self, axes: str = "xyz") -> None:
        device = self._reach("home", Phase.READY)
        device.place |= dict.fromkeys(axes.lower(), 0.0)
        self._look()

    async def pause(self) -> None:
        self._reach("pause", Phase.EXECUTING, Phase.PAUSED).paused = True
        self._look()

    async def resume(self) -> None:
        self._reach("resume", Phase.EXECUTING, Phase.PAUSED).paused = False
        self._look()

    async def cancel(self) -> None:
        self._reach("cancel", Phase.EXECUTING, Phase.PAUSED).end("cancelled")
        self._look()

    async def emergency_stop(self) -> StopReport:
        if self._looking is None or not self._device.is_on:
            return StopReport(False, f"{self.name} can't be reached: cut its power.")
        self._device.end("failed")
        self._device.halted = "Stopped by an emergency stop."
        self._look()
        return StopReport(True, "The toy halted.")

    # Its port

    async def connect_printer(self) -> None:
        self._device.is_open = True
        self._look()

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        del confirmed  # it always says that its heaters are off
        if self._device.prints:
            raise WrongState(f"{self.name} can't be disconnected: it prints.")
        self._device.end("")
        self._device.is_open = False
        self._look()

    async def reconnect(self) -> None:
        self._device.halted = ""
        await self.connect_printer()

    # Its library

    async def files(self) -> list[GcodeFile]:
        return [file for file, _ in reversed(self._device.files.values())]

    async def file(self, file_id: int) -> GcodeFile:
        return self._stored(file_id)[0]

    def _stored(self, file_id: int) -> tuple[GcodeFile, int]:
        if file_id not in self._device.files:
            raise NoSuchFile(f"{self.name} holds no file number {file_id}.")
        return self._device.files[file_id]

    async def upload(
        self, path: Path, progress: Progress | None = None, folder: str = ""
    ) -> GcodeFile:
        del folder  # it has none
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise FileRefused(f"{path} can't be read: {error.strerror}.") from error
        number = max(self._device.files, default=0) + 1
        file = GcodeFile(number, path.name, len(content), "2024-01-01 00:00:00.000000")
        self._device.files[number] = file, len(content.splitlines())
        if progress is not None:
            progress(len(content), len(content))
        return file

    async def delete_file(self, file_id: int) -> None:
        file, _ = self._stored(file_id)
        if self._device.prints and self._device.job and self._device.job.file_id == file.id:
            raise WrongState(f"{file.name} is printed.")
        del self._device.files[file_id]

    async def print_file(self, file_id: int, *, confirmed: bool = False) -> None:
        del confirmed  # there is nothing to agree to
        file, lines = self._stored(file_id)
        device = self._reach("print", Phase.READY)
        device.job = Job(file.name, file.id, lines=lines, bytes=lines)
        self._look()
