"""Looking back: the prints of the past, and who did what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from gbterm.errors import GbtermError
from gbterm.screens.dialog import Dialog
from gbterm.screens.past import Past
from gbterm.text import scrub
from gbterm.widgets.bars import NARROW

AHEAD = 5
"""More are asked for when so few are left below the one that is marked."""


class HistoryScreen(Dialog[None]):
    """One a row, newest first; what is typed is searched for, more come as one goes down.

    Tab goes from one kind of the past to the next.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("tab", "other", "Other", show=False, priority=True),
        *(
            Binding(key, f"cursor('{how}')", how, show=False, priority=True)
            for key, how in (
                *(("up", "cursor_up"), ("down", "cursor_down")),
                *(("pageup", "page_up"), ("pagedown", "page_down")),
            )
        ),
    ]
    HINT = "Type to search; arrows, PgUp and PgDn move; Esc closes this."
    OTHER = "Tab: {}. "
    WIDE = True

    search = getters.query_one(Input)
    rows = getters.query_one(OptionList)
    note = getters.query_one("#note", Static)

    title_line = getters.query_one("#title", Static)
    hint_line = getters.query_one("#hint", Static)

    def __init__(self, *pasts: Past) -> None:
        super().__init__()
        self._pasts, self._shown = pasts, 0
        self.found: list[Any] = []
        self._is_whole = False

    @property
    def past(self) -> Past:
        """The kind that is shown."""
        return self._pasts[self._shown]

    def head(self) -> Iterable[Widget]:
        """What is searched for, and what was found."""
        yield Static(self.past.title, id="title", classes="title")
        yield Input(placeholder=self.past.what, compact=True)
        yield OptionList(compact=True)

    def hint(self) -> str:
        """With the way to the other kind, where there is one."""
        other = self._pasts[(self._shown + 1) % len(self._pasts)]
        return (self.OTHER.format(other.title) if other is not self.past else "") + self.HINT

    def text(self) -> Iterable[Widget]:
        """The one that is marked."""
        yield Static("", id="note")

    def on_mount(self) -> None:
        """A cursor that blinks costs bytes on a slow line."""
        super().on_mount()
        self.search.cursor_blink = False
        self.rows.can_focus = False
        self._read()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search; the last letter counts."""
        event.stop()
        if self.is_mounted:
            self._read()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter does nothing: what was typed is found already."""
        event.stop()

    @work(group="read", exclusive=True, exit_on_error=False)
    async def _read(self, last: Any = None) -> None:
        past = self.past
        try:
            found = await past.ask(self.search.value.strip(), last)
        except GbtermError as error:
            if last is None:
                self._forget()
            self._say(Content(scrub(str(error))))
            return
        if last is None:
            self._forget()
        self._is_whole = not found
        self.found += found
        dated = self.app.size.width >= NARROW
        self.rows.add_options(past.row(one, dated) for one in found)
        if last is None:
            self.rows.highlighted = 0 if found else None
            self._show(0)

    def _forget(self) -> None:
        self.found = []
        self.rows.clear_options()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say more of it; ask for more near the end."""
        event.stop()
        self._show(event.option_index)
        if event.option_index >= len(self.found) - AHEAD and not self._is_whole:
            self._is_whole = True  # until the answer says otherwise
            self._read(self.found[-1])

    def _show(self, index: int) -> None:
        if index < len(self.found):
            self._say(Content(self.past.more(self.found[index])))
        else:
            self._say(Content("Nothing was found." if self.search.value else self.past.nothing))

    def _say(self, text: Content) -> None:
        self.note.update(text)
        self.fit()

    def action_cursor(self, how: str) -> None:
        """The list moves, whatever is typed."""
        getattr(self.rows, f"action_{how}")()

    def action_other(self) -> None:
        """The next kind of the past."""
        self._shown = (self._shown + 1) % len(self._pasts)
        self.title_line.update(self.past.title)
        self.hint_line.update(self.hint())
        self.search.placeholder = self.past.what
        self._forget()
        self._read()

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)
