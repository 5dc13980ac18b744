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
    """Esc empties it, Enter leaves it as it is; both go back to the list.

    It is always in its place, for one that comes and goes would have all others drawn again.
    """

    DEFAULT_CSS = """
    SearchLine {
        height: 1;
        Static { width: auto; }
        Input { width: 1fr; background: ansi_default; }
        #found { width: 13; text-align: right; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear", show=False),
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
        yield Input(placeholder="press / and type parts of a name", compact=True)
        yield Static(id="found")

    def on_mount(self) -> None:
        """A cursor that blinks costs bytes on a slow line."""
        self.line.cursor_blink = False

    def tell(self, found: int, of: int) -> None:
        """How many there are of how many."""
        many = f"{of} file{'s' * (of != 1)}" if found == of else f"{found} of {of}"
        self.found.update(many, layout=False)

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
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Look for nothing any more."""
        self.line.value = ""
        self.action_leave()
