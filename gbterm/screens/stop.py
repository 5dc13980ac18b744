"""What came of the emergency stop, over the whole screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from gbterm.keymap import BY_NAME, key_of
from gbterm.model import StopReport
from gbterm.screens.base import Console
from gbterm.screens.frame import bindings
from gbterm.text import scrub
from gbterm.widgets.bars import LOW
from gbterm.widgets.panel import Line, wrapped

SEEN_AFTER_S = 1.0
"""What is typed before that was on its way already."""


Press = Callable[[], Awaitable[StopReport]]


@dataclass(frozen=True, slots=True)
class Stop:
    """The emergency stop of `printer`, by `press`; the action `by` does it once more."""

    printer: str
    press: Press
    by: str = "estop"


class StopNotice(Widget):
    """The result in the middle of the screen."""

    report: reactive[StopReport | None] = reactive(None)

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._stop = stop

    def render(self) -> Content:
        """The printer's name, one headline, then what the printer said and what to do."""
        width, height = self.content_size
        return Content("\n").join(self._lines(min(width, 70), height))

    def _lines(self, width: int, height: int) -> list[Line]:
        banner = _banner(scrub(self._stop.printer), width, tall=height >= LOW)
        return [*banner, *self._result(width, height - len(banner))]

    def _result(self, width: int, height: int) -> list[Line]:
        report = self.report
        if report is None:
            return [_headline("STOPPING", ""), "", *wrapped("Waiting for the printer.", width, 2)]
        if report.confirmed:
            head = _headline("STOPPED: the printer confirmed that it halted", "$success")
        else:
            head = _headline("NOT CONFIRMED: CUT THE POWER", "$error")
        first, last = wrapped(head, width, 3), wrapped(self._to_do(report), width, 3)
        room = height - len(first) - len(last) - 1
        said = wrapped(scrub(report.text), width, min(6, max(1, room)))
        gap: list[Line] = [""] if room >= len(said) + 3 else []
        return [*first, *gap, *said, *gap, *last, *gap, "Enter goes on."]

    def _to_do(self, report: StopReport) -> str:
        key = key_of(self._stop.by)
        if not report.confirmed:
            return f"Switch the printer off at its plug. {key} tries the stop once more."
        if self._stop.by == "estop":
            return f"Look at the printer. The dashboard ({key_of('dashboard')}) says how to go on."
        where = f"the Printers screen ({key_of('printers')})"
        return f"Look at the printer. {key_of('connect')} on {where} opens it."


class StopScreen(ModalScreen[None]):
    """Can't be closed before there is a result."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "go_on", "Go on", show=False),
        *bindings([BY_NAME["stop_selected"]]),
    ]
    report: reactive[StopReport | None] = reactive(None)
    app = getters.app(Console)

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self.stop = stop
        self._told_at = 0.0

    def is_about(self, stop: Stop) -> bool:
        """Whether `stop` is the same one once more."""
        return (self.stop.printer, self.stop.by) == (stop.printer, stop.by)

    def watch_report(self) -> None:
        """There is a result, or none any more."""
        self._told_at = self.app.clock()

    def compose(self) -> ComposeResult:
        """Nothing but the notice."""
        yield StopNotice(self.stop).data_bind(StopScreen.report)

    def action_stop_selected(self) -> None:
        """Once more, where that key began it."""
        if self.stop.by == "stop_selected":
            self.app.halt(self.stop)

    def action_go_on(self) -> None:
        """Close, once there is a result, and one that calls for a person had time to be seen."""
        if self.report is None:
            return
        if self.report.confirmed or self.app.clock() - self._told_at >= SEEN_AFTER_S:
            self.dismiss(None)


def _banner(name: str, width: int, *, tall: bool) -> list[Line]:
    """Nobody shall take one printer for another."""
    text = Content(name).truncate(width - 2, ellipsis=True)
    before = (width - text.cell_length) // 2
    after = width - text.cell_length - before
    style = "bold reverse"
    line = Content.styled(f"{' ' * before}{text.plain}{' ' * after}", style)
    if not tall:
        return [line]
    empty = Content.styled(" " * width, style)
    return [empty, line, empty, ""]


def _headline(text: str, colour: str) -> Content:
    return Content.styled(f"  {text}  ", f"bold reverse {colour}")
