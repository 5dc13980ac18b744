"""A line that filters a list as one types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static


class SearchLine(Horizontal):
    """Not displayed until it is opened; Esc empties and closes it, Enter leaves it as it is."""

    DEFAULT_CSS = """
    SearchLine {
        height: 1;
        display: none;
        Static { width: auto; }
        Input { width: 1fr; background: ansi_default; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "leave", "To the list", show=False),
    ]

    line = getters.query_one(Input)
    found = getters.query_one("#found", Static)

    class Changed(Message):
        """Something else is looked for; nothing where it is empty."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The list is to have the focus."""

    def compose(self) -> Iterable[Widget]:
        """A word, the line, what was found."""
        yield Static("Find: ")
        yield Input(placeholder="parts of a name", compact=True)
        yield Static(id="found")

    def on_mount(self) -> None:
        """A cursor that blinks costs bytes on a slow line."""
        self.line.cursor_blink = False

    def open(self) -> None:
        """Have something typed."""
        self.display = True
        self.line.focus()

    def tell(self, found: int, of: int) -> None:
        """How many there are of how many."""
        self.found.update(f" {found} of {of}")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.action_leave()

    def action_leave(self) -> None:
        """Go to what was found."""
        if not self.line.value:
            self.display = False
        self.post_message(self.Left())

    def action_close(self) -> None:
        """Look for nothing any more."""
        self.line.value = ""
        self.action_leave()
