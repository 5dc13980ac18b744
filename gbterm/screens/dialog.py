"""What the dialogs share: a frame that keeps its choices in sight on any terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from gbterm.text import scrub

Result = TypeVar("Result")

ARROWS: list[BindingType] = [
    Binding("left,up", "app.focus_previous", "Previous", show=False),
    Binding("right,down", "app.focus_next", "Next", show=False),
]

MORE = "PgUp and PgDn: more"


def choice(label: str, name: str) -> Button:
    """A button that needs no colour and, where its label fits, one row."""
    return Button(Content(f"[ {scrub(label)} ]"), id=name, compact=True)


class Dialog(ModalScreen[Result]):
    """A title and a text, choices below it, at the bottom a hint.

    Where there is too little room it is the text that scrolls: what one can do stays in sight.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_text(-1)", "Back", show=False),
        Binding("pagedown", "scroll_text(1)", "On", show=False),
    ]
    HINT: ClassVar[str] = ""
    WIDE: ClassVar[bool] = False

    frame = getters.query_one("#frame", Vertical)
    scrolled = getters.query_one("#text", VerticalScroll)

    def compose(self) -> ComposeResult:
        """The frame around what the dialog's own methods give."""
        with Vertical(id="frame", classes="wide" if self.WIDE else ""):
            yield from self.head()
            with VerticalScroll(id="text", can_focus=False):
                yield from self.text()
            if choices := list(self.choices()):
                with Container(id="choices"):
                    yield from choices
            if hint := self.hint():
                yield Static(hint, id="hint")

    def head(self) -> Iterable[Widget]:
        """What stays above the text."""
        return ()

    def text(self) -> Iterable[Widget]:
        """What scrolls where it doesn't fit."""
        return ()

    def choices(self) -> Iterable[Button]:
        """The answers."""
        return ()

    def hint(self) -> str:
        """The keys, in a line."""
        return self.HINT

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Go, once: keys that come in a burst may ask for it twice, and Textual would take
        whichever screen is on top then."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)

    @property
    def is_open(self) -> bool:
        """Whether there is something to write on: what was left is taken apart from within."""
        return self.is_attached and self.display

    def on_mount(self) -> None:
        """Fit once the sizes are known."""
        self.fit()

    def on_resize(self) -> None:
        """Fit into the new size."""
        self.fit()

    def fit(self) -> None:
        """Give the text the rows that the others leave; called whenever one of them changed."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if not self.is_open:
            return  # it was left meanwhile
        others = [child for child in self.frame.children if child is not self.scrolled]
        rows = self.size.height - self.frame.gutter.height
        left = rows - sum(child.outer_size.height for child in others)
        room = max(1, left)
        self.scrolled.styles.max_height = room
        self.frame.styles.overflow_y = "hidden" if left >= room else "auto"
        overflows = self.scrolled.virtual_size.height > room
        self.frame.border_subtitle = MORE if overflows else None

    def action_scroll_text(self, pages: int) -> None:
        """PgUp and PgDn."""
        self.scrolled.scroll_relative(y=pages * max(1, self.scrolled.size.height - 1))


class Reading(Dialog[None]):
    """Something to read: arrow keys scroll it, Enter and Esc close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "close", "Close", show=False),
        Binding("up", "scroll_line(-1)", "Up", show=False),
        Binding("down", "scroll_line(1)", "Down", show=False),
    ]
    HINT = "Esc closes this."
    WIDE = True

    def action_scroll_line(self, lines: int) -> None:
        """Up and down."""
        self.scrolled.scroll_relative(y=lines)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)
