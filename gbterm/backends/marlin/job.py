"""One print, as its user drives it: pause, resume, cancel and a change of filament."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.parking import NOTED_BELOW_S
from gbterm.backends.marlin.rest import MOTORS_MAY_REST, Rest
from gbterm.backends.marlin.swapping import Swapping
from gbterm.errors import WrongState
from gbterm.model import Phase


class PrintJob(Swapping):
    """The job under way."""

    def advance(self) -> None:
        """Look where the board is: called after everything that it says."""
        if self.is_suspended or self.ended.is_set():
            return
        self._look_at_swap()
        if self._feed.fill():
            self._port.pump()
        if self._core.is_drained and self._task is None:
            self._go_further()

    def _go_further(self) -> None:
        """The board has done all that it was sent, and nothing else is under way."""
        core, phase = self._core, self.phase
        if phase is Phase.PAUSING:
            self._start(self._make_way if self._must_make_way else self._come_to_rest)
        elif phase is Phase.RESUMING:
            way = self._way_back
            self._start(self._return if way is None else partial(self._find_back, way))
        elif phase is not Phase.EXECUTING:
            return
        elif core.is_job_stopped:
            self._stop_before_layer()
        elif core.job and core.job[0].held:
            self._hold(core.job[0])
        elif self._feed.has_read_all and not core.job:
            self._standing.enter("finish")
            self._start(self._finish)

    @property
    def will_pause(self) -> bool:
        """Whether it pauses once the board has changed its filament."""
        return self._stop_wanted is not None

    @property
    def rest(self) -> Rest | None:
        """Where it goes on, while it is paused and the head may be moved by hand."""
        is_still = self.phase is Phase.PAUSED and self._task is None
        return self._parking.rest if is_still else None

    def require_rest(self, to: str) -> Rest:
        """The same. Raises `WrongState` where the head could not come back to it."""
        if self.rest is None:
            raise WrongState(
                f"{self._printer.name} can't {to} now: it is not certain where the head would have"
                f" to come back to for {self.job.name}. Resume or cancel that first."
            )
        return self.rest

    async def stand_between(self, z_mm: float, *heights_mm: float) -> None:
        """The nozzle is led from `z_mm` to these heights by hand: where that is down, the journal
        knows it by the time that this returns, or the disk takes too long."""
        within_s = NOTED_BELOW_S if min(heights_mm, default=z_mm) < z_mm else 0.0
        await self._standing.stand_between(z_mm, *heights_mm, noted_within_s=within_s)

    def pause(self, reason: str = "", *, is_place_sure: bool = True) -> None:
        """Stop sending, let the board finish what it has, take the head aside, then be PAUSED.

        Where the head is perhaps not where the file leads, it stays there. A filament change comes
        to its end first, and so does the way back to where the print was left.
        """
        self._is_place_sure &= is_place_sure
        self._look_at_swap()
        if self.is_swapping or self.phase is Phase.RESUMING:
            self._core.streaming = False
            self._stop_wanted = reason
        elif self._standing.may("pause"):
            self._stop(reason)

    def stand_still(self, why: str) -> None:
        """Pause for `why`; where it is paused, or about to be, that is for `why` now."""
        self.pause(why)
        is_still = self.phase in (Phase.PAUSING, Phase.PAUSED) or self.is_holding
        if is_still and self._standing.reason != why:
            self._standing.restate(why)

    def resume(self) -> None:
        """Go on; a held command counts as done, and a pause that was yet to come is not wanted."""
        if not self.is_swapping and not self._standing.may("resume"):
            return
        if self._is_making_way:
            raise WrongState("The head is still making way for the filament: wait a moment.")
        self._stop_wanted, self._is_place_sure = None, True
        if self.is_swapping:
            self._core.streaming = not self._parking.is_begun
            return
        self._swap_wanted = False
        self._standing.enter("resume")
        if self._printer.state.prompt is not None:
            self._printer.report(events.PromptClosed())
        if self._parking.is_begun:
            self.advance()
        else:
            # The board is still at its moves: what waits for their end would take the head aside.
            self._break_off()
            self._go_on()

    def carry_on(self, why: str, *, pauses: bool) -> None:
        """The board is alive: bring to its end what was begun, and pause for `why`, or print on."""
        self.is_suspended = False
        self._standing.carry_on()
        if pauses:
            self.pause(why)
        self.advance()

    def pause_at(self, layers: Iterable[int]) -> None:
        """Pause before each of these layers, and no others.

        Raises `UsageError`, `OutOfRange` and `WrongState`.
        """
        queue = self._core.job
        after_read = self._standing.progress.commands_read + 1
        self._standing.layers.pause_at(layers, queue[0].command if queue else after_read)
        self._core.stop_job_before = self._standing.layers.pause_before
        self.report_progress()
        # The board may be waiting before a layer that is no pause any more.
        self._port.pump()
        self.advance()

    def cancel(self, off: tuple[str, ...], own: tuple[str, ...]) -> None:
        """Forget what was not sent, run `off`, which turns the heaters off, then be READY.

        Its user's `own` script comes behind that, in millimetres and absolute, and `off` once more,
        whatever it did.
        """
        if not self._standing.may("cancel"):
            return
        self.is_suspended = False
        self._feed.stop()
        self._core.drop_job()
        self._held = None
        script = (*off, *self._as_left, *(("G21", "G90", "M82", *own, *off) if own else ()))
        self._standing.enter("cancel")
        self._printer.report(events.PromptClosed())
        self._break_off()
        self._start(partial(self._run_cancel_script, script))

    @property
    def _as_left(self) -> tuple[str, ...]:
        """What the way aside or back changed of how the board takes places, E and lengths."""
        if (rest := self._parking.rest) is not None:
            return "G21", "G90", *rest.modes.commands, MOTORS_MAY_REST
        way = self._way_back
        return () if way is None else ("G21", "G90", *way.start.modes.commands)

    async def _run_cancel_script(self, script: tuple[str, ...]) -> None:
        for text in script:
            await self._port.command(text)
        self._end("cancelled")
        self._printer.report(reports.announce(f"{self.job.name} was cancelled."))
        self._standing.enter("cancelled")
