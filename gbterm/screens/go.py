"""Ctrl+G and a letter: the way to a screen for terminals without F-keys."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gbterm.keymap import SCREENS
from gbterm.screens.dialog import Dialog


class GoScreen(Dialog[str | None]):
    """Returns the name of a screen; any other key means none."""

    HINT = "A letter goes there, Esc stays here."

    def head(self) -> Iterable[Widget]:
        """What the letters do."""
        yield Static("Go to", classes="title")

    def text(self) -> Iterable[Widget]:
        """The letters."""
        rows = (Content.assemble((a.letter, "bold reverse"), f"  {a.title}") for a in SCREENS)
        yield Static(Content("\n").join(rows))

    def on_key(self, event: events.Key) -> None:
        """Go there, or nowhere."""
        event.stop()
        self.dismiss(next((a.name for a in SCREENS if a.letter == event.key), None))
