"""A question with two answers, the harmless one first."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from gbterm.text import scrub

ARROWS: list[BindingType] = [
    Binding("left,up", "app.focus_previous", "Previous", show=False),
    Binding("right,down", "app.focus_next", "Next", show=False),
]


def choice(label: str, name: str) -> Button:
    """A button that needs no colour and one row."""
    return Button(Content(f"[ {scrub(label)} ]"), id=name, compact=True)


class ConfirmScreen(ModalScreen[bool]):
    """Asks; Enter alone and Esc mean `no`, and no letter means yes."""

    BINDINGS: ClassVar[list[BindingType]] = [*ARROWS, Binding("escape", "no", "No", show=False)]
    AUTO_FOCUS = "#no"
    HINT: ClassVar[str] = "Arrow keys or Tab choose, Enter answers, Esc changes nothing."

    def __init__(self, question: str, *, yes: str, no: str) -> None:
        super().__init__()
        self.question = scrub(question)
        self.yes, self.no = yes, no

    def compose(self) -> ComposeResult:
        """The question above its answers."""
        with Vertical(classes="dialog"):
            yield Static(Content(self.question))
            with Horizontal(classes="choices"):
                yield choice(self.no, "no")
                yield choice(self.yes, "yes")
            yield Static(self.HINT, classes="hint")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_no(self) -> None:
        """Esc."""
        self.dismiss(False)
