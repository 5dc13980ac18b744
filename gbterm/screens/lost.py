"""Going on with a print that was lost: what is known of it, and what its user knows better."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static

from gbterm.errors import GbtermError, UsageError
from gbterm.lost_print import ResumePoint
from gbterm.screens.dialog import ARROWS, Dialog, choice
from gbterm.screens.numbers import number
from gbterm.text import scrub
from gbterm.widgets.panel import Line, Panel, wrapped

_LINE = re.compile(r"\d{1,10}", re.ASCII)
HIGHEST_MM = 10_000.0

GoOn = tuple[int | None, float | None]
"""The line to go on at, and the height of the nozzle in mm, where they were typed."""


class Question(Panel):
    """What is taken for granted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.question = scrub(text)

    def lines(self, width: int) -> list[Line]:
        """All of it."""
        return wrapped(self.question, width, 20)


class LostPrintScreen(Dialog[GoOn | None]):
    """Returns how to go on, or None where the user would rather not yet."""

    BINDINGS: ClassVar[list[BindingType]] = [*ARROWS, Binding("escape", "no", "No", show=False)]
    AUTO_FOCUS = "#no"
    HINT = "Tab and the arrow keys move, Enter answers, Esc changes nothing."
    WIDE = True

    note = getters.query_one("#note", Static)

    def __init__(self, point: ResumePoint, overtaken: Callable[[], bool]) -> None:
        """`overtaken` says whether the print can't go on any more."""
        super().__init__()
        self.point, self._overtaken = point, overtaken

    def head(self) -> Iterable[Widget]:
        """Which print, and where it stopped."""
        point = self.point
        yield Static(Content(f"Go on with {scrub(point.name)}?"), classes="title")
        nozzles = ", ".join(f"{target:.0f} °C" for _, target in sorted(point.nozzles.items()))
        layer = "" if point.layer is None else f"Layer {point.layer}, "
        lines = f"{layer}line {point.start_line} of {point.lines}"
        yield Static(Content(f"{lines}; nozzle {nozzles or 'off'}, bed {point.bed:.0f} °C"))

    def text(self) -> Iterable[Widget]:
        """What is taken for granted, and what may be typed."""
        yield Question(self.point.question)
        yield _field("line", "From line", f"{self.point.start_line} where this is empty")
        yield _field("z", "Nozzle above the bed, mm", "only if you measured it")

    def choices(self) -> Iterable[Button]:
        """The answers."""
        yield choice("Not now", "no")
        yield choice("Go on with the print", "yes")

    def on_mount(self) -> None:
        """Follow the printer; a cursor that blinks costs bytes on a slow line."""
        super().on_mount()
        for line in self.query(Input):
            line.cursor_blink = False
        self.watch(self.app, "state", self.look_again)

    def on_screen_resume(self) -> None:
        """Something else lay on top, as the emergency stop does."""
        self.look_again()

    def look_again(self) -> None:
        """Close where somebody else went on with it, or gave it up."""
        if self.is_active and self._overtaken():
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field goes on to what comes next, and never begins the print."""
        event.stop()
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer, or say what was typed wrongly."""
        if event.button.id == "no":
            self.dismiss(None)
            return
        try:
            self.dismiss((self._line(), self._z_mm()))
        except GbtermError as error:
            self.query_one("#hint", Static).update(Content.styled(str(error), "bold $error"))
            self.fit()

    def _line(self) -> int | None:
        text = self.query_one("#line", Input).value.strip()
        if not text:
            return None
        if not _LINE.fullmatch(text) or not 1 <= int(text) <= self.point.lines:
            raise UsageError(f"The line is a number from 1 to {self.point.lines}.")
        return int(text)

    def _z_mm(self) -> float | None:
        text = self.query_one("#z", Input).value.strip()
        return number(text, "The height", 0, HIGHEST_MM, "mm") if text else None

    def action_no(self) -> None:
        """Esc."""
        self.dismiss(None)


def _field(name: str, label: str, placeholder: str) -> Widget:
    field = Input(placeholder=placeholder, id=name, compact=True)
    return Horizontal(Label(Content(f"{label:<26}")), field, classes="field")
