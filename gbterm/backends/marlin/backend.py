"""A Marlin board on a serial port, as a `Backend`: lives in the printer process only."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gbterm import events
from gbterm.backends.base import OF_SERVERS, Capability, of_firmware
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.audit import Audit
from gbterm.backends.marlin.commands import Commands
from gbterm.backends.marlin.job import PrintJob
from gbterm.backends.marlin.layers import Layers
from gbterm.backends.marlin.readahead import open_job
from gbterm.backends.marlin.safety import FIRST_NUMBER
from gbterm.backends.marlin.standing import new_job
from gbterm.errors import FileRefused, NeedsConfirmation, WrongState
from gbterm.gcode.check import check_file
from gbterm.gcode.policy import has_filament_change
from gbterm.model import Job, Phase, StopReport

STOP_TIMES, STOP_EVERY_S, STOP_CONFIRMED_WITHIN_S = 3, 0.25, 2.0
RESET_WITHIN_S = 3.0
"""A port on the network may never take it."""


class MarlinBackend(Commands):
    """Drives one board. Every method runs on one loop; nothing here waits for a disk."""

    @property
    def capabilities(self) -> Capability:
        """All that takes no server."""
        return ~(OF_SERVERS | Capability.BABYSTEP) | of_firmware(self.state.firmware)

    async def start_job(
        self, path: Path, name: str, file_id: int | None = None, *, confirmed: bool = False
    ) -> None:
        """Check the file, then print it.

        Raises `FileRefused`, `NeedsConfirmation` unless `confirmed`, `WrongState`.
        """
        self.require_phase(Phase.READY, to="print")
        if self.ending:
            raise WrongState(f"{self.name} is being shut down.")
        self._phase(Phase.STARTING, f"checking {name}")
        try:
            file = await asyncio.to_thread(open_job, path)
        except FileRefused:
            self._phase(Phase.READY)
            raise
        try:
            report = await asyncio.to_thread(check_file, path, self.state.firmware, name)
            if report.asked and not confirmed:
                raise NeedsConfirmation(_what_is_asked(report.asked))
        except BaseException:
            file.close()
            if self.state.phase is Phase.STARTING:
                self._phase(Phase.READY)
            raise
        if self.state.phase is not Phase.STARTING or self.ending:
            file.close()
            raise WrongState(f"{self.name} stopped being ready while {name} was checked.")
        self._begin(new_job(path, name, file_id, report), Layers(report.layers), file)

    def _begin(self, job: Job, layers: Layers, file: Any) -> None:
        self.core.renumber(random.choice(FIRST_NUMBER))
        self._phase(Phase.EXECUTING)
        self.report(events.JobChanged(layers.of(job)))
        self.report(reports.announce(f"{job.name} is being printed."))
        self.audit = Audit(self.port.now())
        self.job = PrintJob(self, self.port, job, layers, file, self.state.firmware)

    def job_failed(self, why: str) -> None:
        """The job can't go on, though the board can: turn its heaters off."""
        self._fail(why)
        self.make_safe()

    def job_resumed(self, command: int) -> None:
        """The job goes on; meanwhile somebody may have loaded filament at the printer."""
        self.audit.handled(command)

    def job_ended(self) -> None:
        """The job is over, however it ended, and what it asked with it."""
        self.job = None
        self.report(events.StreamMeasured(None))
        if self.state.prompt is not None:
            self.report(events.PromptClosed())

    async def pause(self) -> None:
        """Pause the job; PAUSED follows when the planner is empty."""
        self._job_for("pause").pause()

    async def resume(self) -> None:
        """Resume the job; in a filament change of the board's, answer all it asks to go on."""
        job = self._job_for("resume")
        prompt, will_pause = self.state.prompt, job.will_pause
        job.resume()
        if not job.is_swapping:
            return
        if prompt is not None:
            self.answer_to_go_on(prompt)
            self.completing_swap = True
        elif not will_pause:
            raise WrongState(f"{self.name} is busy with the filament: wait for its question.")

    async def begin_swap(self) -> None:
        """Let the board change filament where it can be answered, else make way for who does."""
        self._job_for("change filament in").swap(by_board=has_filament_change(self.state.firmware))

    async def complete_swap(self) -> None:
        """Print on."""
        if self.state.phase is not Phase.FILAMENT_SWAP:
            raise WrongState(f"{self.name} is not changing filament: begin that first.")
        await self.resume()

    async def cancel(self) -> None:
        """Cancel the job: waits for heaters are broken off, heaters and fans turned off."""
        if self.state.phase is Phase.CANCELLING:
            return
        job = self._job_for("cancel")
        # First, since the job takes the question back.
        self.answer_for_cancel()
        job.cancel(self.safe_script)

    async def set_pause_layers(self, layers: Sequence[int]) -> None:
        """Pause the job before each of these layers; what was sent before is done first."""
        self._job_for("pause at a layer of").pause_at(layers)

    def _job_for(self, what: str) -> PrintJob:
        if self.job is None or self.state.phase is Phase.CANCELLING:
            self.require_phase(to=f"{what} a print")
        assert self.job is not None
        return self.job

    async def answer_prompt(self, choice: int) -> None:
        """Answer the firmware out of band, or go on after a held command."""
        prompt = self.state.prompt
        if prompt is None:
            raise WrongState(f"{self.name} asks nothing now.")
        if self.job is not None and self.job.is_holding:
            self.job.resume()
            return
        self._send_now(f"M876 S{choice}")

    async def emergency_stop(self) -> StopReport:
        """M112 past every queue, three times; confirmed once the board says that it halted.

        A second call while the first one runs waits for the same answer; a board that has halted
        since the port was opened stays confirmed.
        """
        if self._stop is None or self._stop.done():
            self._stop = asyncio.get_running_loop().create_task(self._emergency_stop())
        return await asyncio.shield(self._stop)

    async def _emergency_stop(self) -> StopReport:
        if not self.port.is_open:
            return StopReport(False, f"{self.name} is not connected: CUT THE POWER.")
        self._stopping = True
        if self.connecting is not None:
            self.connecting.suspend()
        self._fail("Emergency stop: waiting for the printer to confirm it.", "Emergency stop.")
        try:
            confirmed = await self._halt()
        finally:
            self._stopping = False
            if self.connecting is not None:
                self.connecting.abandon()
        text = f"{self.name} confirmed that it halted."
        if not confirmed:
            text = f"{self.name} did not confirm that it halted: CUT THE POWER."
            text += await self._reset()
        self.report(events.ErrorReported(f"Emergency stop: {text}"))
        self._phase(Phase.ERROR, f"Emergency stop: {text}")
        return StopReport(confirmed, text)

    async def _reset(self) -> str:
        """Reset a board that doesn't answer, where the profile allows it; what came of it."""
        if self.profile.estop_reset != "dtr":
            return ""
        try:
            async with asyncio.timeout(RESET_WITHIN_S):
                await self.port.pulse_dtr()
        except TimeoutError:
            return " Its port did not take the reset by the DTR line."
        except (OSError, TypeError, ValueError):
            return " Its port has no DTR line to reset it by."
        return " It was reset by its DTR line, which it may not follow."

    async def _halt(self) -> bool:
        if self._halted.is_set():
            return True
        for _ in range(STOP_TIMES):
            self.port.write_now(b"\nM112\n")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_EVERY_S):
                    await self._halted.wait()
                break
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_CONFIRMED_WITHIN_S):
                    await self._halted.wait()
        return self._halted.is_set()


def _what_is_asked(asked: tuple[tuple[int, str], ...]) -> str:
    line, text = asked[0]
    more = f" and {len(asked) - 1} more like it" if len(asked) > 1 else ""
    return (
        f"The file changes the printer's stored settings (line {line}: {text}{more}):"
        " print it all the same?"
    )
