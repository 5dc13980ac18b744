"""Choosing one of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from gbterm.screens.dialog import Dialog
from gbterm.text import scrub

NUMBERED = 9
"""So many have a number that chooses them."""


class ChooseScreen(Dialog[int | None]):
    """Returns the place of the chosen one, from 0, or None where the user leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]
    HINT = "A number or Enter chooses, Esc changes nothing."

    def __init__(
        self, title: str, choices: Sequence[tuple[str, str]], chosen: int = 0, *, note: str = ""
    ) -> None:
        """Each choice is a name and what there is to say of it; `chosen` is marked at first.

        `note` stands below them.
        """
        super().__init__()
        self._note = scrub(note)
        self.asked, self.offered, self.chosen = scrub(title), tuple(choices), chosen

    def head(self) -> Iterable[Widget]:
        """What is asked, and the list."""
        yield Static(Content(self.asked), classes="title")
        options = OptionList(*map(self._option, range(len(self.offered))), compact=True)
        options.highlighted = self.chosen if self.offered else None
        yield options

    def text(self) -> Iterable[Widget]:
        """What else there is to know."""
        if self._note:
            yield Static(Content(self._note))

    def _option(self, index: int) -> Content:
        name, about = self.offered[index]
        number = f"{index + 1} " if index < NUMBERED else "  "
        return Content.assemble(number, (scrub(name), "bold"), f"  {scrub(about)}" if about else "")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        self.dismiss(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """A number."""
        if event.key.isdecimal() and 0 < int(event.key) <= min(NUMBERED, len(self.offered)):
            event.stop()
            self.dismiss(int(event.key) - 1)

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
