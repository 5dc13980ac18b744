"""The print: how far it is, and pause, resume and cancel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.screens.confirm import ConfirmScreen
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.progress import JobPanel
from gbterm.widgets.readings import HeaterPanel
from gbterm.widgets.status import StatusPanel


class JobScreen(PrinterScreen):
    """One print from its start to its outcome."""

    NAME = "job"
    CSS_PATH = "job.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("job")

    def content(self) -> Iterable[Widget]:
        """The job in detail, the heaters below it."""
        yield StatusPanel().data_bind(PrinterScreen.status, PrinterScreen.can_reconnect)
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
            ConfirmScreen(question, yes="Cancel the print", no="Keep printing"), self._cancel
        )

    def _cancel(self, sure: bool | None) -> None:
        if sure:
            self.app.perform(self.app.backend.cancel)
