"""A question with two answers, the harmless one first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from gbterm.messages import QuestionOvertaken
from gbterm.screens.dialog import ARROWS, Dialog, choice
from gbterm.text import scrub

Overtaken = Callable[[], str]
"""Why the question makes no sense any more, in a sentence; empty while it does."""


class ConfirmScreen(Dialog[bool]):
    """Asks; Enter alone and Esc mean `no`, and no letter means yes.

    It looks again whenever something changed: overtaken by what happened, it says why and closes
    as if the answer had been `no`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*ARROWS, Binding("escape", "no", "No", show=False)]
    AUTO_FOCUS = "#no"
    HINT = "Arrow keys or Tab choose, Enter answers, Esc changes nothing."

    def __init__(
        self,
        question: str,
        *,
        yes: str,
        no: str,
        overtaken: Overtaken = lambda: "",
        about: Iterable[str] = (),
    ) -> None:
        """`about` stands below the question, a line each."""
        super().__init__()
        self.question = scrub(question)
        self._about = [scrub(line) for line in about]
        self.yes, self.no = yes, no
        self._overtaken = overtaken

    def text(self) -> Iterable[Widget]:
        """The question."""
        yield Static(Content("\n".join([self.question, *self._about])))

    def choices(self) -> Iterable[Button]:
        """Its answers."""
        yield choice(self.no, "no")
        yield choice(self.yes, "yes")

    def on_mount(self) -> None:
        """Follow the printer and what the console does itself."""
        super().on_mount()
        self.watch(self.app, "state", self.look_again)
        self.watch(self.app, "under_way", self.look_again)

    def on_screen_resume(self) -> None:
        """Something else lay on top, as the emergency stop does."""
        self.look_again()

    def look_again(self) -> None:
        """Close where what was asked about has gone."""
        if self.is_active and (why := self._overtaken()):
            self.app.post_message(QuestionOvertaken(why))
            self.dismiss(False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_no(self) -> None:
        """Esc."""
        self.dismiss(False)
