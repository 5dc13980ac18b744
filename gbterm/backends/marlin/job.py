"""One print, as its user drives it: pause, resume, cancel and a change of filament."""

from __future__ import annotations

from collections.abc import Iterable

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.course import SWAP_REASON, Course
from gbterm.errors import WrongState
from gbterm.model import Phase


class PrintJob(Course):
    """The job under way."""

    @property
    def has_made_way(self) -> bool:
        """Whether the head is aside and waits for another filament."""
        return self.phase is Phase.FILAMENT_SWAP and self._swap is not None

    @property
    def will_pause(self) -> bool:
        """Whether it pauses once the board has changed its filament."""
        return self._pause_wanted is not None

    def resume(self) -> None:
        """Go on; a held command counts as done, and a pause that was yet to come is not wanted."""
        if self.is_swapping:
            self._pause_wanted = None
            self._core.streaming = True
            return
        if not self._standing.may("resume"):
            return
        if self._swap is not None:
            if self._task is not None:
                raise WrongState("The head is still making way for the filament: wait a moment.")
            self._standing.enter("resume")
            self._printer.report(events.PromptClosed())
            self._start(self._return(self._swap))
            return
        self._swap_wanted = False
        self._standing.enter("resume")
        self._go_on()

    def swap(self) -> None:
        """Change filament: the board does it itself, or the job makes way for who does.

        Raises `WrongState` where the job neither prints nor is paused.
        """
        begun = self._swap_wanted or self._core.will_change_filament
        if begun or self.phase not in (Phase.EXECUTING, Phase.PAUSED):
            raise WrongState(f"{self.job.name} is {self.phase.value.lower()}: wait a moment.")
        if self._board_swaps:
            if self.phase is Phase.PAUSED:
                self._pause_wanted = self._standing.reason
            self._port.send("M600")
            return
        self._swap_wanted = True
        self._core.streaming = False
        if self.phase is Phase.EXECUTING:
            self._standing.enter("pause", SWAP_REASON)
            self._port.pump()
            self.advance()
        else:
            self._start(self._leave())

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

    def cancel(self, script: tuple[str, ...]) -> None:
        """Forget what was not sent, run `script`, then be READY."""
        if not self._standing.may("cancel"):
            return
        self._feed.stop()
        self._core.drop_job()
        self._held = self._swap = None
        self._standing.enter("cancel")
        self._printer.report(events.PromptClosed())
        if self._task:
            self._task.cancel()
        self._start(self._run_cancel_script(script))

    async def _run_cancel_script(self, script: tuple[str, ...]) -> None:
        for text in script:
            await self._port.command(text)
        self._end("cancelled")
        self._printer.report(reports.announce(f"{self.job.name} was cancelled."))
        self._standing.enter("cancelled")
