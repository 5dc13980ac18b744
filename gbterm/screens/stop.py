"""What came of the emergency stop, over the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from gbterm.keymap import key_of
from gbterm.model import StopReport
from gbterm.screens.base import Console
from gbterm.text import scrub
from gbterm.widgets.panel import Line, wrapped

SEEN_AFTER_S = 1.0
"""What is typed before that was on its way already."""


class StopNotice(Widget):
    """The result in the middle of the screen."""

    report: reactive[StopReport | None] = reactive(None)

    def render(self) -> Content:
        """One headline, then what the printer said and what to do."""
        width, height = self.content_size
        return Content("\n").join(self._lines(min(width, 70), height))

    def _lines(self, width: int, height: int) -> list[Line]:
        report = self.report
        if report is None:
            return [_headline("STOPPING", ""), "", *wrapped("Waiting for the printer.", width, 2)]
        if report.confirmed:
            head = _headline("STOPPED: the printer confirmed that it halted", "$success")
            todo = f"Look at the printer. The dashboard ({key_of('dashboard')}) says how to go on."
        else:
            head = _headline("NOT CONFIRMED: CUT THE POWER", "$error")
            todo = (
                f"Switch the printer off at its plug. {key_of('estop')} tries the stop once more."
            )
        first, last = wrapped(head, width, 3), wrapped(todo, width, 3)
        room = height - len(first) - len(last) - 1
        said = wrapped(scrub(report.text), width, min(6, max(1, room)))
        gap: list[Line] = [""] if room >= len(said) + 3 else []
        return [*first, *gap, *said, *gap, *last, *gap, "Enter goes on."]


class StopScreen(ModalScreen[None]):
    """Can't be closed before there is a result."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape", "go_on", "Go on", show=False)]
    report: reactive[StopReport | None] = reactive(None)
    app = getters.app(Console)

    def __init__(self) -> None:
        super().__init__()
        self._told_at = 0.0

    def watch_report(self) -> None:
        """There is a result, or none any more."""
        self._told_at = self.app.clock()

    def compose(self) -> ComposeResult:
        """Nothing but the notice."""
        yield StopNotice().data_bind(StopScreen.report)

    def action_go_on(self) -> None:
        """Close, once there is a result, and one that calls for a person had time to be seen."""
        if self.report is None:
            return
        if self.report.confirmed or self.app.clock() - self._told_at >= SEEN_AFTER_S:
            self.dismiss(None)


def _headline(text: str, colour: str) -> Content:
    return Content.styled(f"  {text}  ", f"bold reverse {colour}")
