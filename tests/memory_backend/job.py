"""The print under way, and the stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError, NeedsConfirmation, OutOfRange, WrongState
from gbterm.jobs import Job
from gbterm.lost_print import ResumePoint
from gbterm.model import Phase, StopReport
from tests.memory_backend.core import Core


class Printing(Core):
    """It goes on only as far as a test tells it to."""

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

    async def restart(self) -> None:
        await self._called("restart", Capability.SELECT)
        if self._state.phase is not Phase.PAUSED:
            raise WrongState("Only a paused print begins anew.")
        job = self._printing("begin anew")
        self.report(events.JobChanged(Job(job.name, job.file_id, lines=job.lines, bytes=job.bytes)))
        self.report(events.PhaseChanged(Phase.EXECUTING))

    async def cancel(self) -> None:
        await self._called("cancel", Capability.JOB)
        if self.lost is not None:
            self._forget_lost()
            self.report(events.JobChanged(None))
            return
        if self.state.holds_print and self.state.job is not None:
            self.report(events.JobChanged(replace(self.state.job, outcome="cancelled")))
            self.report(events.PhaseChanged(Phase.DISCONNECTED, "Its heaters may be on."))
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
