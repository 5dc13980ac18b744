"""Ctrl+G and a letter: the way to a screen for terminals without F-keys."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from gbterm.keymap import SCREENS


class GoScreen(ModalScreen[str | None]):
    """Returns the name of a screen; any other key means none."""

    def compose(self) -> ComposeResult:
        """The letters."""
        rows = (Content.assemble((a.letter, "bold reverse"), f"  {a.title}") for a in SCREENS)
        with Vertical(classes="dialog"):
            yield Static("Go to", classes="title")
            yield Static(Content("\n").join(rows))
            yield Static("A letter goes there, Esc stays here.", classes="hint")

    def on_key(self, event: events.Key) -> None:
        """Go there, or nowhere."""
        event.stop()
        self.dismiss(next((a.name for a in SCREENS if a.letter == event.key), None))
