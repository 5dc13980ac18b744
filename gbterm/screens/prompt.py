"""The question of the firmware or of the host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from gbterm.model import Prompt
from gbterm.screens.base import Console
from gbterm.screens.dialog import ARROWS, Dialog, choice
from gbterm.text import scrub


class PromptScreen(Dialog[int | None]):
    """Returns the number of the choice, from 0; None leaves the question open.

    It comes unasked, so what a person was just typing must not answer it: Enter means later, and
    only the number of a choice or a way to its button answers.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*ARROWS, Binding("escape", "later", show=False)]
    AUTO_FOCUS = "#later"

    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        self.prompt = prompt

    def head(self) -> Iterable[Widget]:
        """Who it is that speaks."""
        asks = "asks" if self.prompt.choices else "says"
        yield Static(f"The printer {asks}", classes="title")

    def text(self) -> Iterable[Widget]:
        """What it asks."""
        yield Static(Content(scrub(self.prompt.text)))

    def choices(self) -> Iterable[Button]:
        """The choices with their numbers, and later."""
        for index, text in enumerate(self.prompt.choices):
            yield choice(f"{index + 1} {text}", f"choice-{index}")
        yield choice("Later" if self.prompt.choices else "Close", "later")

    def hint(self) -> str:
        """Nothing to explain about a button alone."""
        return "A number answers, Esc answers later." if self.prompt.choices else ""

    def on_screen_resume(self) -> None:
        """Something else lay on top; the question may be gone by now."""
        if isinstance(self.app, Console) and self.app.state.prompt != self.prompt:
            self.dismiss(None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer with a button."""
        name = event.button.id or ""
        self.dismiss(int(name.removeprefix("choice-")) if name != "later" else None)

    def on_key(self, event: events.Key) -> None:
        """Answer with a number."""
        if event.key.isdecimal() and 0 < int(event.key) <= len(self.prompt.choices):
            event.stop()
            self.dismiss(int(event.key) - 1)

    def action_later(self) -> None:
        """Esc."""
        self.dismiss(None)
