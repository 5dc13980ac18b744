"""How a print begins, from the check of its file on: at the start, or where a lost one goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from gbterm import events
from gbterm.backends.marlin import limits, reports, resumption
from gbterm.backends.marlin.audit import Audit, SoftEndstops, soft_endstops
from gbterm.backends.marlin.corners import Corners
from gbterm.backends.marlin.heaters import Targets
from gbterm.backends.marlin.job import PrintJob
from gbterm.backends.marlin.layers import Layers
from gbterm.backends.marlin.measures import measures
from gbterm.backends.marlin.readahead import open_job
from gbterm.backends.marlin.resumption import Resumption
from gbterm.backends.marlin.safety import FIRST_NUMBER
from gbterm.backends.marlin.standing import new_job
from gbterm.backends.marlin.wayback import WayBack
from gbterm.config import PrinterProfile
from gbterm.errors import NeedsConfirmation, PrinterError, WrongState
from gbterm.findings import Measures
from gbterm.gcode.check import FileReport, check_file
from gbterm.jobs import Job
from gbterm.lost_print import LostPrint, ResumePoint, Trail
from gbterm.model import Firmware, Phase

T = TypeVar("T")
ENDSTOPS_S = 3.0
"""A board that is busy for longer is asked the next time."""


class Starting(Corners):
    """Starts prints, and knows the last one that was lost."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(profile)
        self._lost: LostPrint | None = None
        self._reading = asyncio.Lock()
        self._endstops: tuple[Firmware, SoftEndstops | None] | None = None
        """What the board said, as long as it is connected."""
        self.journal: Callable[[float], Awaitable[None]] | None = None
        """Waits until it holds what is known of the print, but not longer; None without one."""

    @property
    def lost(self) -> LostPrint | None:
        """What `resume_job` goes on with; None from the next start on."""
        return self._lost

    @lost.setter
    def lost(self, lost: LostPrint | None) -> None:
        self._lost, name = lost, lost.job.name if lost else ""
        if name != self.state.lost_print:
            self.report(events.PrintLost(name))

    @property
    def kept(self) -> LostPrint | None:
        """The job under way as it would be if it were lost now, or else the one that was lost."""
        return self.lost if self.job is None else LostPrint(self.job.job, self.job.trail)

    async def measures(self) -> Measures:
        """What a file is held against before it is printed here."""
        state, volume = self.state, self.profile.volume
        is_told = self._endstops is not None and self._endstops[0] is state.firmware
        if not is_told and state.phase is Phase.READY and not (volume.x and volume.y and volume.z):
            with suppress(PrinterError, TimeoutError):
                async with asyncio.timeout(ENDSTOPS_S):
                    told = soft_endstops(await self.port.command("M211"))
                    self._endstops = state.firmware, told
        return measures(
            *(self.profile, state.firmware if state.firmware.name else None),
            self._endstops[1] if self._endstops else None,
            has_chamber=state.chamber is not None,
        )

    async def start_job(
        self, path: Path, name: str, file_id: int | None = None, *, confirmed: bool = False
    ) -> None:
        """Check the file, then print it.

        Raises `FileRefused`, `NeedsConfirmation` unless `confirmed`, `WrongState`.
        """
        self.leave_bed("print")
        check = partial(self._check, path, name, confirmed=confirmed)
        file, report = await self._checked(path, name, "print", check)
        self._begin(new_job(path, name, file_id, report), Layers(report.layers), file)

    def _check(self, path: Path, name: str, *, confirmed: bool) -> FileReport:
        report = check_file(path, self.state.firmware, name)
        limits.check_file(self.profile.limits, self.state, name, report)
        if report.asked and not confirmed:
            raise NeedsConfirmation(_what_is_asked(report.asked))
        return report

    async def _checked(
        self, path: Path, name: str, what: str, check: Callable[[], T]
    ) -> tuple[BinaryIO, T]:
        """The file, held open, and what came of `check`, which may take as long as it likes."""
        self.require_phase(Phase.READY, to=what)
        if self.ending:
            raise WrongState(f"{self.name} is being shut down.")
        self._phase(Phase.STARTING, f"checking {name}")
        try:
            file = await asyncio.to_thread(open_job, path)
            try:
                checked = await asyncio.to_thread(check)
            except BaseException:
                file.close()
                raise
        except BaseException:
            if self.state.phase is Phase.STARTING:
                self._phase(Phase.READY)
            raise
        if self.state.phase is not Phase.STARTING or self.ending:
            file.close()
            raise WrongState(f"{self.name} stopped being ready while {name} was checked.")
        return file, checked

    def _begin(
        self, job: Job, layers: Layers, file: BinaryIO, way_back: WayBack | None = None
    ) -> None:
        self.unattended.attend()
        self.guarding.rearm()
        self.lost = None
        self.core.renumber(random.choice(FIRST_NUMBER))
        # A macro, or what was typed, may have left them otherwise.
        self._send(*self.modes.usual)
        self.audit = Audit(self.port.now())
        self.job = PrintJob(
            *(self, self.port, job, layers, file, self.state.firmware, self.profile, way_back)
        )
        self._phase(self.job.phase)
        self.report(events.JobChanged(layers.of(job)))
        self.report(reports.announce(f"{job.name} is being printed."))

    def job_resumed(self, command: int) -> None:
        """The job goes on; meanwhile somebody may have loaded filament at the printer."""
        self.guarding.rearm()
        self.audit.handled(command)

    async def until_noted(self, within_s: float) -> None:
        """Wait until the journal knows where the nozzle is, on a slow disk so long at most."""
        if self.journal is not None:
            await self.journal(within_s)

    def wanted(self, kept: Targets) -> Targets:
        """The targets to go on with, where `kept` were those when the print was left."""
        return self.unattended.standby.wanted(kept)

    def job_ended(self) -> None:
        """The job is over, however it ended, and what it asked with it."""
        kept, self.job = self.kept, None
        if kept is not None and kept.job.outcome == "failed":
            self.lost = kept
        self.report(events.StreamMeasured(None))
        if self.state.prompt is not None:
            self.report(events.PromptClosed())

    # Going on with a print that was lost.

    async def resume_point(self) -> ResumePoint:
        """Read from the file where the print that was lost can go on."""
        job, trail = self._lost_print()
        async with self._reading:
            read = partial(resumption.read, job, trail, self.state.firmware)
            return self._point(await asyncio.to_thread(read))

    async def resume_job(
        self, line: int | None = None, z_mm: float | None = None, *, confirmed: bool = False
    ) -> None:
        """Go on with the print that was lost, once its file was read and is the same."""
        limits.check_height(z_mm)
        self.leave_bed("go on with a print")
        self._lost_print()
        # What was typed since may have moved it.
        await self.port.command("M114")
        endstops = soft_endstops(await self.port.command("M211"))
        if endstops is not None:
            limits.check_height(z_mm, endstops[2][1])
        job, trail = self._lost_print()
        read = partial(resumption.read, job, trail, self.state.firmware, line)
        check = partial(self._agreed, read, z_mm, confirmed=confirmed)
        file, found = await self._checked(Path(job.path), job.name, "go on with a print", check)
        start, place = found.start, found.heights(self._told_mm, homed=self.babysteps.is_homed)
        again = new_job(Path(job.path), job.name, job.file_id, found.report)
        again = replace(again, command=start.command, line=start.line, byte=start.end)
        layers = Layers(found.report.layers)
        layers.pause_at(
            (layer for layer in job.pause_layers if layer > (found.layer or 0)), start.command + 1
        )
        way_back = WayBack(
            *(start, trail, place.z_mm if z_mm is None else z_mm, found.stretch.top_mm, endstops),
            feed_max_mm_s=self.profile.limits.feed_max_mm_s,
            is_told=place.is_told and z_mm is None,
            homes_z=self._homes_z,
            babystep_mm=self._babystep_taken(trail, z_mm),
        )
        self._begin(replace(again, elapsed_s=job.elapsed_s, resumes=job.id), layers, file, way_back)

    def _agreed(
        self, read: Callable[[], Resumption], z_mm: float | None, *, confirmed: bool
    ) -> Resumption:
        found = read()
        found.check_start(z_mm)
        start, allowed = found.start, self.profile.limits
        limits.check_temperatures(allowed, self.state, start.nozzles, start.bed)
        limits.check_chamber(allowed, start.chamber)
        limits.check_file(allowed, self.state, found.job.name, found.report)
        if not confirmed and z_mm is None:
            raise NeedsConfirmation(self._point(found).question)
        return found

    def _point(self, found: Resumption) -> ResumePoint:
        homed = self.babysteps.is_homed
        return found.point(self._told_mm, homed=homed, homes_z=self._homes_z)

    def _babystep_taken(self, trail: Trail, z_mm: float | None) -> float:
        """What homing Z has taken of the print's babysteps; a height that was measured holds it."""
        if self._homes_z:
            return trail.babystep_mm
        is_kept = z_mm is not None or not self.babysteps.is_homed
        return 0.0 if is_kept else round(trail.babystep_mm - self.state.babystep_mm, 4)

    @property
    def _told_mm(self) -> float | None:
        """The height by the board's own word; what is remembered from before a reset is none."""
        is_asked = self.state.phase in (Phase.READY, Phase.STARTING)
        return self.state.position.z if is_asked else None

    @property
    def _homes_z(self) -> bool:
        return self.profile.z_home == "max"

    def _lost_print(self) -> tuple[Job, Trail]:
        if self.job is not None:
            raise WrongState(f"{self.job.job.name} is being printed.")
        lost = self.lost
        if lost is None:
            raise WrongState(f"{self.name} has lost no print that could go on: start one.")
        if lost.trail is None or not lost.job.path:
            raise WrongState(
                f"Too little is known of how {lost.job.name} stopped for it to go on: print it"
                " anew."
            )
        return lost.job, lost.trail

    def forget_lost(self) -> None:
        """The print that was lost is given up, with the heat that it left: its file may be
        deleted."""
        if self.unattended.left_hot_at is not None:
            self._send(*self.safe_script)
        self.unattended.attend()
        self.lost = None
        self.report(events.JobChanged(None))


def _what_is_asked(asked: tuple[tuple[int, str], ...]) -> str:
    line, text = asked[0]
    more = f" and {len(asked) - 1} more like it" if len(asked) > 1 else ""
    return (
        f"The file changes the printer's stored settings (line {line}: {text}{more}):"
        " print it all the same?"
    )
