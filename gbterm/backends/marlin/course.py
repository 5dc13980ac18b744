"""What becomes of a print by itself: its lines go to the board until it ends or fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import BinaryIO

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.feed import Feed
from gbterm.backends.marlin.layers import Layers
from gbterm.backends.marlin.parking import Parking
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.standing import Printer, Standing
from gbterm.backends.marlin.wayback import WayBack
from gbterm.config import PrinterProfile
from gbterm.errors import PrinterError
from gbterm.estimate import Outlook
from gbterm.gcode.policy import has_filament_change, without_filament_change
from gbterm.jobs import Job
from gbterm.lost_print import Trail
from gbterm.model import Firmware, Phase


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
        profile: PrinterProfile,
        way_back: WayBack | None = None,
    ) -> None:
        self._printer, self._port, self._core = printer, port, port.core
        self.ended = asyncio.Event()
        self.is_suspended = False
        """Whether its board is out of reach, or not known to be alive."""
        self._way_back = way_back
        """To where it was lost before; None once that is gone."""
        self._standing = Standing(printer, job, layers, self._core, port.now)
        self._parking = Parking(printer, port, self._standing, profile)
        self._parks = profile.pausing.park
        self._task: asyncio.Task[None] | None = None
        self._core.acknowledged, self._core.last_sent = None, 0
        self._core.stop_job_before = layers.pause_before
        if way_back is not None and not way_back.homes_z:
            firmware = without_filament_change(firmware)
        self._board_swaps = has_filament_change(firmware)
        self._feed = Feed(
            *(job, file, firmware, self._core, self._standing.progress),
            *(self._on_lines, printer.job_failed, way_back.start if way_back else None),
            way_back.top_mm if way_back else 0.0,
        )
        if way_back is None:
            self._core.streaming = True
        else:
            self._standing.phase = Phase.RESUMING
            self._standing.stands_mm = (way_back.z_mm,)
            self._standing.retracted_mm = way_back.trail.retracted_mm

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
    def outlasts_cable(self) -> bool:
        """Whether it can go on once its board is found alive.

        On the way back of a print that was lost before, what the board answered counts: whether it
        has moved at all, and its mesh. Nothing was printed yet, so it can be gone anew.
        """
        return self._way_back is None

    def report_progress(self) -> None:
        """Tell the listeners how far it is."""
        self._standing.report()

    def foretell(self, outlook: Outlook) -> None:
        """So much is known of it beforehand."""
        self._standing.progress.forecasts.foretell(outlook)
        self.report_progress()

    def advance(self) -> None:
        """Look where the board is: called after everything that it says."""
        raise NotImplementedError

    def suspend(self) -> None:
        """The board is out of reach: nothing is decided until it is heard again."""
        self.is_suspended = True
        self._standing.suspend()

    def abandon(self) -> None:
        """End as cancelled without another command to the board."""
        self._end("cancelled")

    def end_here(self, why: str) -> None:
        """End as failed, or as cancelled where somebody did that, though the board carries out what
        it is told next."""
        if self.phase is Phase.CANCELLING:
            self._end("cancelled")
            self._standing.enter("cancelled")
        else:
            self.fail(why)

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

    # What takes a while: one of them at a time.

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            # Where the printer failed meanwhile, `fail` has said so.
            with contextlib.suppress(PrinterError):
                await work()
            if self._task is asyncio.current_task():
                self._task = None
                self.advance()

        self._task = asyncio.get_running_loop().create_task(run())

    def _break_off(self) -> None:
        """Leave what is under way where it is, unless that itself breaks off."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    async def _tell(self, *commands: str) -> list[tuple[str, ...]]:
        """Send them one by one; what the board said to each."""
        return [await self._port.command(text) for text in commands]

    async def _empty_planner(self) -> None:
        """Any ok might pass for M400's, which an ok that nobody asked for makes come too early;
        M105's answer can't be mistaken, and comes after it."""
        await self._tell("M400", "M105")

    async def _finish(self) -> None:
        """The planner must be empty too, not only the last line sent."""
        await self._empty_planner()
        if self._core.job:
            self._standing.enter("more")
            return
        self._end("finished")
        self._printer.report(reports.announce(f"{self.job.name} is finished."))
        self._standing.enter("finished")

    def _end(self, outcome: str, reason: str = "") -> None:
        # It may be waiting for the journal, and would go on with a board that was reset meanwhile.
        self._break_off()
        self._feed.stop()
        self._core.drop_job()
        self._standing.end(outcome, reason)
        self.ended.set()
        self._printer.job_ended()
