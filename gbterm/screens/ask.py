"""One line to type in, checked before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Generic, TypeVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from gbterm.errors import GbtermError
from gbterm.screens.dialog import Dialog
from gbterm.text import scrub

Answer = TypeVar("Answer")


class AskScreen(Dialog[Answer | None], Generic[Answer]):
    """Returns what `check` makes of the line, or None where the user leaves.

    `check` raises a `GbtermError` for a line that makes no sense; its sentence is shown, and what
    was typed stays.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]
    HINT = "Enter takes it, Esc changes nothing."

    line = getters.query_one(Input)
    note = getters.query_one("#note", Static)

    def __init__(
        self,
        title: str,
        check: Callable[[str], Answer],
        *,
        note: str = "",
        value: str = "",
        placeholder: str = "",
    ) -> None:
        """`note` says what may be typed; `value` stands there already."""
        super().__init__()
        self.asked, self.check = scrub(title), check
        self._note, self._value, self._placeholder = scrub(note), scrub(value), placeholder

    def head(self) -> Iterable[Widget]:
        """What is asked, and the line."""
        yield Static(Content(self.asked), classes="title")
        yield Input(self._value, placeholder=self._placeholder, compact=True)

    def text(self) -> Iterable[Widget]:
        """What may be typed, or what was wrong."""
        yield Static(Content(self._note), id="note")

    def on_mount(self) -> None:
        """A cursor that blinks costs bytes on a slow line."""
        super().on_mount()
        self.line.cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: leave with the answer, or say what is wrong with it."""
        event.stop()
        try:
            self.dismiss(self.check(event.value.strip()))
        except GbtermError as error:
            self.note.update(Content.styled(scrub(str(error)), "bold $error"))
            self.fit()

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
