"""The keys of a screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from gbterm.keymap import BY_NAME, Action, actions_of

_ABOUT = (
    "A print goes on when this console is closed or its line drops. "
    "Only Ctrl+\\ and the question after c on the Job screen end one. "
    "A star marks the nozzle in use."
)


class HelpScreen(ModalScreen[None]):
    """Lists what keys do here and everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,f1,question_mark,q", "close", "Close", show=False)
    ]

    def __init__(self, screen: str) -> None:
        super().__init__()
        self.about = screen

    def compose(self) -> ComposeResult:
        """The keys of the screen first."""
        here = [a for a in actions_of(self.about) if a.screen]
        everywhere = [a for a in actions_of(self.about) if not a.screen]
        with VerticalScroll(classes="dialog wide"):
            if here:
                yield Static(f"On the {BY_NAME[self.about].title} screen", classes="title")
                yield Static(_rows(here))
            yield Static("Everywhere", classes="title more" if here else "title")
            yield Static(_rows(everywhere))
            yield Static(_ABOUT, classes="hint")
            yield Static("Esc closes this.", classes="hint")

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)


def _rows(actions: list[Action]) -> Content:
    return Content("\n").join(
        Content.assemble((f"{_keys(action):<9}", "bold"), action.help) for action in actions
    )


def _keys(action: Action) -> str:
    others = [key for key in action.keys.split(",")[1:] if len(key) == 1]
    return " ".join([action.shown, *others, *(["?"] if "question_mark" in action.keys else [])])
