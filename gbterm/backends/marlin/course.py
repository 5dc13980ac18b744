"""What becomes of a print by itself: its lines go to the board until it pauses, ends or fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import BinaryIO

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.audit import soft_endstops
from gbterm.backends.marlin.feed import Feed
from gbterm.backends.marlin.layers import Layers
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.standing import Printer, Standing
from gbterm.backends.marlin.swap import Swap, plan
from gbterm.backends.marlin.wayback import WayBack
from gbterm.errors import PrinterError
from gbterm.gcode.policy import has_filament_change, without_filament_change
from gbterm.jobs import Job
from gbterm.lost_print import Trail
from gbterm.model import Firmware, Phase, Prompt

SWAP_REASON = "Change the filament, then continue."


class Course:
    """Of one job, from the checked file to the last move, or from where a lost one goes on."""

    def __init__(
        self,
        printer: Printer,
        port: Port,
        job: Job,
        layers: Layers,
        file: BinaryIO,
        firmware: Firmware,
        way_back: WayBack | None = None,
    ) -> None:
        self._printer, self._port, self._core = printer, port, port.core
        self.ended = asyncio.Event()
        self._standing = Standing(printer, job, layers, self._core, port.now)
        self._held: Outgoing | None = None
        self._swap_wanted = False
        self._swap: Swap | None = None
        self._pause_wanted: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._core.acknowledged, self._core.last_sent = None, 0
        self._core.stop_job_before = layers.pause_before
        if way_back is not None and not way_back.homes_z:
            firmware = without_filament_change(firmware)
        self._board_swaps = has_filament_change(firmware)
        self._feed = Feed(
            *(job, file, firmware, self._core, self._standing.progress),
            *(self._on_lines, printer.job_failed, way_back.start if way_back else None),
        )
        if way_back is None:
            self._core.streaming = True
        else:
            self._standing.phase = Phase.RESUMING
            self._standing.stands_mm = (way_back.z_mm,)
            self._start(self._come_back(way_back))

    @property
    def job(self) -> Job:
        """The job as it was told of last."""
        return self._standing.job

    @property
    def phase(self) -> Phase:
        """Where it stands; the printer is told of every change."""
        return self._standing.phase

    @property
    def trail(self) -> Trail:
        """What is noted of it, for going on with it if it is lost."""
        return self._standing.trail

    @property
    def is_holding(self) -> bool:
        """Whether it waits for the user at a command that is never sent."""
        return self._held is not None or self._swap is not None

    @property
    def is_swapping(self) -> bool:
        """Whether the board itself changes filament, and asks what it wants to know."""
        return self.phase is Phase.FILAMENT_SWAP and not self.is_holding

    def report_progress(self) -> None:
        """Tell the listeners how far it is."""
        self._standing.report()

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
        elif self.phase is Phase.EXECUTING and core.is_job_stopped:
            self._pause_before_layer()
        elif self.phase is Phase.EXECUTING and core.job and core.job[0].held:
            self._hold(core.job[0])
        elif self.phase is Phase.EXECUTING and self._feed.has_read_all and not core.job:
            self._standing.enter("finish")
            self._start(self._finish())

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
        elif self._standing.may("pause"):
            self._core.streaming = False
            self._standing.enter("pause", reason)
            self._port.pump()
            self.advance()

    def fail(self, why: str, reason: str = "") -> None:
        """End without another command to the board.

        `why` is a sentence, and what is remembered where there is no `reason`.
        """
        self._end("failed", reason or why)
        self._printer.report(events.ErrorReported(why))
        self._printer.report(reports.announce(why, "error"))
        self._printer.report(events.PhaseChanged(Phase.ERROR, why))

    def _on_lines(self) -> None:
        self._port.pump()
        self.advance()

    def _look_at_swap(self) -> None:
        """The board is at an M600 from when it is the oldest line without an ok until its ok."""
        asking = self._core.is_changing_filament
        if asking and self.phase in (Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED):
            if self.phase is Phase.PAUSING:
                self._pause_wanted = self._standing.reason
            self._standing.enter("swap", "Another filament is wanted: answer the printer.")
        elif self.is_swapping and not asking:
            self._standing.enter("swapped")
            wanted, self._pause_wanted = self._pause_wanted, None
            if wanted is not None:
                self._standing.enter("pause", wanted)

    def _pause_before_layer(self) -> None:
        layers = self._standing.layers
        layer = layers.reach()
        self._core.stop_job_before = layers.pause_before
        self.pause(f"Paused before layer {layer}, as asked.")

    def _hold(self, held: Outgoing) -> None:
        text = held.text.decode("utf-8", "replace")
        self._held = held
        self._core.streaming = False
        self._standing.enter("pause", f"The file asks for you: {text}")
        self._printer.report(events.PromptShown(Prompt(text, ("Continue",))))
        self.advance()

    def _go_on(self) -> None:
        if self._held is not None:
            self._release(self._held)
        self._core.streaming = True
        done = self._core.acknowledged
        self._printer.job_resumed(done.command if done else 0)
        self._standing.enter("resumed")
        wanted, self._pause_wanted = self._pause_wanted, None
        if wanted is not None:
            self.pause(wanted)
        self._port.pump()
        self.advance()

    def _release(self, held: Outgoing) -> None:
        # Lines that a Resend took back may have come to stand before it.
        if self._core.job[0] is held:
            self._core.acknowledged = held
        self._core.job.remove(held)
        self._held = None
        self._printer.report(events.PromptClosed())

    # What takes a while: one of them at a time.

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
            self._standing.enter("paused", self._standing.reason)

    async def _leave(self) -> None:
        """Take the head aside and unload, then wait for somebody in FILAMENT_SWAP."""
        limits = soft_endstops(await self._port.command("M211"))
        await self._port.command("M114")
        e = self._printer.state.position.e
        self._swap, self._swap_wanted = plan(self._core.acknowledged, e, limits), False
        self._standing.stands_mm = self._swap.stands_mm
        await self._tell(*self._swap.leaving)
        self._standing.stands_mm = self._swap.stands_mm[1:]
        self._standing.enter("swap", SWAP_REASON if self._held is None else self._standing.reason)
        if self._held is None:
            self._printer.report(events.PromptShown(Prompt(SWAP_REASON, ("Continue",))))

    async def _return(self, swap: Swap) -> None:
        self._standing.stands_mm = swap.stands_mm
        await self._tell(*swap.returning)
        self._swap, self._standing.stands_mm = None, ()
        self._go_on()

    async def _come_back(self, way: WayBack) -> None:
        """Heat, lift, home and travel to where the print that was lost goes on."""
        await self._tell(*way.heating)
        self._standing.stands_mm = way.stands_mm
        if why := await way.go(self._tell):
            self._printer.job_failed(why)
            return
        self._standing.stands_mm = ()
        self._go_on()

    async def _tell(self, *commands: str) -> list[tuple[str, ...]]:
        """Send them one by one; what the board said to each."""
        return [await self._port.command(text) for text in commands]

    async def _finish(self) -> None:
        """The planner must be empty too, not only the last line sent."""
        await self._empty_planner()
        if self._core.job:
            self._standing.enter("more")
            return
        self._end("finished")
        self._printer.report(reports.announce(f"{self.job.name} is finished."))
        self._standing.enter("finished")

    def _start(self, work: Coroutine[None, None, None]) -> None:
        async def run() -> None:
            # Where the printer failed meanwhile, `fail` has said so.
            with contextlib.suppress(PrinterError):
                await work
            if self._task is asyncio.current_task():
                self._task = None
                self.advance()

        self._task = asyncio.get_running_loop().create_task(run())

    def _end(self, outcome: str, reason: str = "") -> None:
        self._feed.stop()
        self._core.drop_job()
        self._standing.end(outcome, reason)
        self.ended.set()
        self._printer.job_ended()
