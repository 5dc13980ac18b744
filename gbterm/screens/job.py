"""The print: how far it is, and pause, resume and cancel."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gbterm.jobs import Job
from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.screens.confirm import ConfirmScreen
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.progress import JobPanel
from gbterm.widgets.readings import HeaterPanel

_ENDED = {
    "finished": "is finished",
    "cancelled": "was cancelled by somebody else",
    "failed": "has failed",
}


class JobScreen(PrinterScreen):
    """One print from its start to its outcome."""

    NAME = "job"
    CSS_PATH = "job.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("job")

    def content(self) -> Iterable[Widget]:
        """The job in detail, the heaters below it."""
        yield self.status_panel()
        yield JobPanel(detailed=True).data_bind(PrinterScreen.job)
        yield HeaterPanel().data_bind(PrinterScreen.heaters)
        yield MessageList().data_bind(PrinterScreen.messages)

    def action_pause(self) -> None:
        """Pause the print."""
        self.app.perform(self.app.backend.pause)

    def action_resume(self) -> None:
        """Go on with it."""
        self.app.perform(self.app.backend.resume)

    def action_cancel(self) -> None:
        """Ask, then end it."""
        name = self.job.name if self.job else "the print"
        question = f"Cancel {name}? It can't be taken up again. The heaters are turned off."
        self.app.push_screen(
            ConfirmScreen(
                question,
                yes="Cancel the print",
                no="Keep printing",
                overtaken=partial(self._ended_first, self.app.state.job),
            ),
            self._cancel,
        )

    def _ended_first(self, asked: Job | None) -> str:
        now = self.app.state.job
        if asked is None or now is None or now.name != asked.name or now.file_id != asked.file_id:
            return "That print is over, so nothing was cancelled."
        if not now.outcome:
            return ""
        ended = _ENDED.get(now.outcome, "has ended")
        return f"{now.name} {ended}: nothing is being printed, so nothing was cancelled."

    def _cancel(self, sure: bool | None) -> None:
        if sure:
            self.app.perform(self.app.backend.cancel)
