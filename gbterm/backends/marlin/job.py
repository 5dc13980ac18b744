"""One print: from the checked file to the last move, with pause, resume and cancel between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.audit import soft_endstops
from gbterm.backends.marlin.feed import Feed
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.progress import Progress
from gbterm.backends.marlin.swap import Swap, plan
from gbterm.errors import PrinterError, WrongState
from gbterm.gcode.check import FileReport
from gbterm.model import Firmware, Job, Phase, PrinterState, Prompt

TRANSITIONS: dict[tuple[Phase, str], Phase] = {
    (Phase.EXECUTING, "pause"): Phase.PAUSING,
    (Phase.PAUSING, "paused"): Phase.PAUSED,
    (Phase.PAUSING, "resume"): Phase.RESUMING,
    (Phase.PAUSED, "resume"): Phase.RESUMING,
    (Phase.RESUMING, "resumed"): Phase.EXECUTING,
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

SWAP_REASON = "Change the filament, then continue."
RESTING = (Phase.PAUSED, Phase.FILAMENT_SWAP)
"""Where the time that passes is the user's, not the print's."""


class Printer(Protocol):
    """What a job needs of the printer that it runs on."""

    def report(self, event: events.Event) -> None:
        """Tell what happened."""

    def job_failed(self, why: str) -> None:
        """The job can't go on: end it and make the printer safe."""

    @property
    def state(self) -> PrinterState:
        """What is known of it."""

    def job_resumed(self, command: int) -> None:
        """The job goes on after the file's `command`, and after somebody was at the printer."""

    def job_ended(self) -> None:
        """The job is over."""


class PrintJob:
    """The job under way. `phase` is where it stands; the printer is told of every change."""

    def __init__(
        self,
        printer: Printer,
        port: Port,
        job: Job,
        file: BinaryIO,
        firmware: Firmware,
    ) -> None:
        self._printer, self._port, self._core = printer, port, port.core
        self.job = job
        self.phase = Phase.EXECUTING
        self.ended = asyncio.Event()
        self._progress = Progress(port.now())
        self._reason = ""
        self._held: Outgoing | None = None
        self._swap_wanted = False
        self._swap: Swap | None = None
        self._pause_wanted: str | None = None
        self._cancel_script: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self._core.acknowledged = None
        self._feed = Feed(
            job, file, firmware, self._core, self._progress, self._on_lines, printer.job_failed
        )
        self._core.streaming = True

    # What the user asks for.

    def pause(self, reason: str = "") -> None:
        """Stop sending, let the board finish what it has, then be PAUSED.

        A filament change comes to its end first, and so does the way back from one.
        """
        self._look_at_swap()
        if self.is_swapping:
            self._core.streaming = False
            self._pause_wanted = reason
        elif self.phase is Phase.RESUMING:
            self._pause_wanted = reason
        elif (self.phase, "pause") in TRANSITIONS:
            self._core.streaming = False
            self._enter("pause", reason)
            self._port.pump()
            self.advance()

    def resume(self) -> None:
        """Go on; a held command counts as done, and a pause that was yet to come is not wanted."""
        if self.is_swapping:
            self._pause_wanted = None
            self._core.streaming = True
            return
        if (self.phase, "resume") not in TRANSITIONS:
            return
        if self._swap is not None:
            if self._task is not None:
                raise WrongState("The head is still making way for the filament: wait a moment.")
            self._enter("resume")
            self._printer.report(events.PromptClosed())
            self._start(self._return(self._swap))
            return
        self._swap_wanted = False
        self._enter("resume")
        self._go_on()

    def _go_on(self) -> None:
        if self._held is not None:
            self._release(self._held)
        self._core.streaming = True
        done = self._core.acknowledged
        self._printer.job_resumed(done.command if done else 0)
        self._enter("resumed")
        wanted, self._pause_wanted = self._pause_wanted, None
        if wanted is not None:
            self.pause(wanted)
        self._port.pump()
        self.advance()

    def swap(self, *, by_board: bool) -> None:
        """Change filament: the board does it itself, or the job makes way for who does.

        Raises `WrongState` where the job neither prints nor is paused.
        """
        begun = self._swap_wanted or self._core.will_change_filament
        if begun or self.phase not in (Phase.EXECUTING, Phase.PAUSED):
            raise WrongState(f"{self.job.name} is {self.phase.value.lower()}: wait a moment.")
        if by_board:
            if self.phase is Phase.PAUSED:
                self._pause_wanted = self._reason
            self._port.send("M600")
            return
        self._swap_wanted = True
        self._core.streaming = False
        if self.phase is Phase.EXECUTING:
            self._enter("pause", SWAP_REASON)
            self._port.pump()
            self.advance()
        else:
            self._start(self._leave())

    def _release(self, held: Outgoing) -> None:
        # Lines that a Resend took back may have come to stand before it.
        if self._core.job[0] is held:
            self._core.acknowledged = held
        self._core.job.remove(held)
        self._held = None
        self._printer.report(events.PromptClosed())

    def cancel(self, script: tuple[str, ...]) -> None:
        """Forget what was not sent, run `script`, then be READY."""
        if (self.phase, "cancel") not in TRANSITIONS:
            return
        self._feed.stop()
        self._core.drop_job()
        self._cancel_script = script
        self._held = self._swap = None
        self._enter("cancel")
        self._printer.report(events.PromptClosed())
        if self._task:
            self._task.cancel()
        self._start(self._run_cancel_script())

    # How it stands.

    @property
    def is_holding(self) -> bool:
        """Whether it waits for the user at a command that is never sent."""
        return self._held is not None or self._swap is not None

    @property
    def has_made_way(self) -> bool:
        """Whether the head is aside and waits for another filament."""
        return self.phase is Phase.FILAMENT_SWAP and self._swap is not None

    @property
    def is_swapping(self) -> bool:
        """Whether the board itself changes filament, and asks what it wants to know."""
        return self.phase is Phase.FILAMENT_SWAP and not self.is_holding

    @property
    def will_pause(self) -> bool:
        """Whether it pauses once the board has changed its filament."""
        return self._pause_wanted is not None

    # What happens.

    def advance(self) -> None:
        """Look where the board is: called after everything that it says."""
        self._look_at_swap()
        core = self._core
        if self._feed.fill():
            self._port.pump()
        if not core.is_drained or self._task is not None:
            return
        if self.phase is Phase.PAUSING:
            self._start(self._come_to_rest())
        elif self.phase is Phase.EXECUTING and core.job and core.job[0].held:
            self._hold(core.job[0])
        elif self.phase is Phase.EXECUTING and self._progress.has_read_all and not core.job:
            self._enter("finish")
            self._start(self._finish())

    def fail(self, why: str) -> None:
        """End without another command to the board. `why` is a sentence."""
        self._end("failed")
        self._printer.report(events.ErrorReported(why))
        self._printer.report(reports.announce(why, "error"))
        self._printer.report(events.PhaseChanged(Phase.ERROR, why))

    def progress(self) -> Job:
        """The job as it stands now."""
        return self._progress.of(self.job, self._core.acknowledged, self._port.now())

    def report_progress(self) -> None:
        """Tell the listeners how far it is."""
        self.job = self.progress()
        self._printer.report(events.JobChanged(self.job))

    # Inside.

    def _on_lines(self) -> None:
        self._port.pump()
        self.advance()

    def _look_at_swap(self) -> None:
        """The board is at an M600 from when it is the oldest line without an ok until its ok."""
        asking = self._core.is_changing_filament
        if asking and self.phase in (Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED):
            if self.phase is Phase.PAUSING:
                self._pause_wanted = self._reason
            self._enter("swap", "Another filament is wanted: answer the printer.")
        elif self.is_swapping and not asking:
            self._enter("swapped")
            wanted, self._pause_wanted = self._pause_wanted, None
            if wanted is not None:
                self._enter("pause", wanted)

    def _hold(self, held: Outgoing) -> None:
        text = held.text.decode("utf-8", "replace")
        self._held = held
        self._core.streaming = False
        self._enter("pause", f"The file asks for you: {text}")
        self._printer.report(events.PromptShown(Prompt(text, ("Continue",))))
        self.advance()

    async def _empty_planner(self) -> None:
        """Any ok might pass for M400's, which an ok that nobody asked for makes come too early;
        M105's answer can't be mistaken, and comes after it."""
        await self._port.command("M400")
        await self._port.command("M105")

    async def _come_to_rest(self) -> None:
        await self._empty_planner()
        if self.phase is not Phase.PAUSING:
            return
        if self._swap_wanted or (self._held is not None and self._held.changes_filament):
            await self._leave()
        else:
            self._enter("paused", self._reason)

    async def _leave(self) -> None:
        """Take the head aside and unload, then wait for somebody in FILAMENT_SWAP."""
        limits = soft_endstops(await self._port.command("M211"))
        await self._port.command("M114")
        e = self._printer.state.position.e
        self._swap, self._swap_wanted = plan(self._core.acknowledged, e, limits), False
        for text in self._swap.leaving:
            await self._port.command(text)
        self._enter("swap", SWAP_REASON if self._held is None else self._reason)
        if self._held is None:
            self._printer.report(events.PromptShown(Prompt(SWAP_REASON, ("Continue",))))

    async def _return(self, swap: Swap) -> None:
        for text in swap.returning:
            await self._port.command(text)
        self._swap = None
        self._go_on()

    async def _finish(self) -> None:
        """The planner must be empty too, not only the last line sent."""
        await self._empty_planner()
        if self._core.job:
            self._enter("more")
            return
        self._end("finished")
        self._printer.report(reports.announce(f"{self.job.name} is finished."))
        self._enter("finished")

    async def _run_cancel_script(self) -> None:
        for text in self._cancel_script:
            await self._port.command(text)
        self._end("cancelled")
        self._printer.report(reports.announce(f"{self.job.name} was cancelled."))
        self._enter("cancelled")

    def _start(self, work: Coroutine[None, None, None]) -> None:
        async def run() -> None:
            # Where the printer failed meanwhile, `fail` has said so.
            with contextlib.suppress(PrinterError):
                await work
            if self._task is asyncio.current_task():
                self._task = None
                self.advance()

        self._task = asyncio.get_running_loop().create_task(run())

    def _end(self, outcome: str) -> None:
        self._feed.stop()
        self.job = replace(self.progress(), outcome=outcome, left_s=None)
        self._core.drop_job()
        self._printer.report(events.WaitBegan(""))
        self._printer.report(events.JobChanged(self.job))
        self.ended.set()
        self._printer.job_ended()

    def _enter(self, trigger: str, reason: str = "") -> None:
        self.phase = TRANSITIONS[self.phase, trigger]
        self._progress.go(self._port.now(), goes=self.phase not in RESTING)
        self._reason = reason
        if not self.job.outcome:
            self.report_progress()
        self._printer.report(events.PhaseChanged(self.phase, reason))


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
    )
