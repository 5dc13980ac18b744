"""What came of the emergency stop, over the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from gbterm.model import StopReport
from gbterm.text import scrub
from gbterm.widgets.panel import Line, wrapped


class StopNotice(Widget):
    """The result in the middle of the screen."""

    report: reactive[StopReport | None] = reactive(None)

    def render(self) -> Content:
        """One headline, then what the printer said and what to do."""
        width = self.content_size.width
        return Content("\n").join(self._lines(min(width, 70)))

    def _lines(self, width: int) -> list[Line]:
        report = self.report
        if report is None:
            return [_headline("STOPPING", ""), "", *wrapped("Waiting for the printer.", width, 2)]
        said = wrapped(scrub(report.text), width, 6)
        if report.confirmed:
            head = _headline("STOPPED: the printer confirmed that it halted", "$success")
            todo = "Look at the printer. On the dashboard, Ctrl+R connects to it again."
        else:
            head = _headline("NOT CONFIRMED: CUT THE POWER", "$error")
            todo = "Switch the printer off at its plug. Ctrl+\\ tries the stop once more."
        return [
            *wrapped(head, width, 3),
            "",
            *said,
            "",
            *wrapped(todo, width, 3),
            "",
            "Enter goes on.",
        ]


class StopScreen(ModalScreen[None]):
    """Can't be closed before there is a result."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape", "go_on", "Go on", show=False)]
    report: reactive[StopReport | None] = reactive(None)

    def compose(self) -> ComposeResult:
        """Nothing but the notice."""
        yield StopNotice().data_bind(StopScreen.report)

    def action_go_on(self) -> None:
        """Close, once there is a result."""
        if self.report is not None:
            self.dismiss(None)


def _headline(text: str, colour: str) -> Content:
    return Content.styled(f"  {text}  ", f"bold reverse {colour}")
