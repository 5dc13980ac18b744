"""Where a print stands, and what its printer is told of that."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from gbterm import events
from gbterm.backends.marlin import protocol
from gbterm.backends.marlin.heaters import Targets
from gbterm.backends.marlin.layers import Layers
from gbterm.backends.marlin.progress import Progress
from gbterm.gcode.check import FileReport
from gbterm.jobs import Job
from gbterm.lost_print import Trail
from gbterm.model import Phase, PrinterState

TRANSITIONS: dict[tuple[Phase, str], Phase] = {
    (Phase.EXECUTING, "pause"): Phase.PAUSING,
    (Phase.PAUSING, "paused"): Phase.PAUSED,
    (Phase.PAUSING, "resume"): Phase.RESUMING,
    (Phase.PAUSED, "resume"): Phase.RESUMING,
    (Phase.RESUMING, "resumed"): Phase.EXECUTING,
    (Phase.RESUMING, "paused"): Phase.PAUSED,
    (Phase.EXECUTING, "finish"): Phase.FINISHING,
    (Phase.FINISHING, "more"): Phase.EXECUTING,
    (Phase.FINISHING, "finished"): Phase.READY,
    (Phase.EXECUTING, "swap"): Phase.FILAMENT_SWAP,
    (Phase.PAUSING, "swap"): Phase.FILAMENT_SWAP,
    (Phase.PAUSED, "swap"): Phase.FILAMENT_SWAP,
    (Phase.FILAMENT_SWAP, "swapped"): Phase.EXECUTING,
    (Phase.FILAMENT_SWAP, "resume"): Phase.RESUMING,
    (Phase.CANCELLING, "cancelled"): Phase.READY,
    **{
        (phase, "cancel"): Phase.CANCELLING
        for phase in Phase
        if phase.is_printing and phase is not Phase.CANCELLING
    },
}
"""What may follow what while a job is under way."""

RESTING = (Phase.PAUSED, Phase.FILAMENT_SWAP)
"""Where the time that passes is the user's, not the print's."""


class Printer(Protocol):
    """What a job needs of the printer that it runs on."""

    name: str
    parks: bool
    """Whether it was told to park: for that alone it wants to be homed, which asks nothing of a
    person."""

    def report(self, event: events.Event) -> None:
        """Tell what happened."""

    def job_failed(self, why: str) -> None:
        """The job can't go on: end it and make the printer safe."""

    @property
    def state(self) -> PrinterState:
        """What is known of it."""

    def job_resumed(self, command: int) -> None:
        """The job goes on after the file's `command`, and after somebody was at the printer."""

    def wanted(self, kept: Targets) -> Targets:
        """The targets to go on with, where `kept` were those when the print was left."""

    async def until_noted(self, within_s: float) -> None:
        """Wait until the journal knows where the nozzle is, on a slow disk so long at most."""

    def job_ended(self) -> None:
        """The job is over."""


class Standing:
    """Of one job, whose file has `layers` and goes to the board by `core`; `now` gives the time."""

    def __init__(
        self,
        printer: Printer,
        job: Job,
        layers: Layers,
        core: protocol.Protocol,
        now: Callable[[], float],
    ) -> None:
        self.job, self.phase, self.reason = job, Phase.EXECUTING, ""
        self.progress = Progress(
            now(), job.command, job.elapsed_s, lambda: printer.state.speed_percent
        )
        self.layers = layers
        self.stands_mm: tuple[float, ...] = ()
        """Between which heights the nozzle is, where the print's own moves don't tell."""
        self.retracted_mm = 0.0
        """By how much more the filament is pulled back than they tell."""
        self._printer, self._core, self._now = printer, core, now
        self._resends_before = core.tally.resends

    @property
    def trail(self) -> Trail:
        """What must be known beyond `job` to go on if it is lost now."""
        state, core = self._printer.state, self._core
        is_empty = self.phase in (Phase.PAUSED, Phase.RESUMING) or bool(self.stands_mm)
        # Somebody may have moved it from there. On the way back of a print that was lost the board
        # means another height, until it is told.
        may_be_moved = self.stands_mm and self.phase in RESTING
        z = state.position.z if may_be_moved else None
        moved_to = () if z is None else (z,)
        return Trail(
            sent=max(core.last_sent, self.job.command),
            held=0 if is_empty else core.window.most_held,
            stands_mm=(*self.stands_mm, *moved_to),
            retracted_mm=self.retracted_mm,
            changes_filament=self.phase is Phase.FILAMENT_SWAP,
            babystep_mm=state.babystep_mm,
            speed_percent=state.speed_percent,
            flows=state.flows,
        )

    def may(self, trigger: str) -> bool:
        """Whether `trigger` leads anywhere from here."""
        return (self.phase, trigger) in TRANSITIONS

    def enter(self, trigger: str, reason: str = "") -> None:
        """Go where `trigger` leads, and say so."""
        rested, self.phase = self.phase in RESTING, TRANSITIONS[self.phase, trigger]
        if self.phase in RESTING and not rested:
            self.job = replace(self.job, pauses=self.job.pauses + 1)
        self.progress.go(self._now(), goes=self.phase not in RESTING)
        self.reason = reason
        if not self.job.outcome:
            self.report()
        self._printer.report(events.PhaseChanged(self.phase, reason))

    def restate(self, reason: str) -> None:
        """It is where it is for another `reason` now."""
        self.reason = reason
        self._printer.report(events.PhaseChanged(self.phase, reason))

    def say(self, what: str) -> None:
        """Tell in a sentence what is done just now on the way to the next phase."""
        self._printer.report(events.PhaseChanged(self.phase, what))

    async def stand_between(self, *heights_mm: float, noted_within_s: float) -> None:
        """From now on the nozzle is between these heights; returns once that is noted, or so much
        later."""
        self.stands_mm = heights_mm
        self.report()
        await self._printer.until_noted(noted_within_s)

    def suspend(self) -> None:
        """The board is out of reach, and its planner runs empty."""
        self.progress.go(self._now(), goes=False)
        self.report()

    def carry_on(self) -> None:
        """It is alive: the print is where it was."""
        self.progress.go(self._now(), goes=self.phase not in RESTING)
        self.report()
        self._printer.report(events.PhaseChanged(self.phase, self.reason))

    def report(self) -> None:
        """Tell the listeners how far it is."""
        self.job = self._present()
        self._printer.report(events.JobChanged(self.job))

    def end(self, outcome: str, reason: str = "") -> None:
        """It has come to its end; see `Job.outcome` and `Job.reason`."""
        self.job = replace(
            self._present().without_left,
            outcome=outcome,
            reason=reason,
            # Somebody may have set the clock back meanwhile.
            ended_at=max(time.time(), self.job.started_at or 0.0),
        )
        self._printer.report(events.WaitBegan(""))
        self._printer.report(events.JobChanged(self.job))

    def _present(self) -> Job:
        resends = self._core.tally.resends - self._resends_before
        job = replace(self.job, resends=resends)
        return self.layers.of(self.progress.of(job, self._core.acknowledged, self._now()))


def new_job(path: Path, name: str, file_id: int | None, report: FileReport) -> Job:
    """The job that a checked file makes."""
    return Job(
        name=name,
        file_id=file_id,
        path=str(path),
        sha256=report.sha256,
        lines=report.lines,
        bytes=report.bytes,
        commands=report.commands,
        id=uuid.uuid4().hex,
        started_at=time.time(),
    )
