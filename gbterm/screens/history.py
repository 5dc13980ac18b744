"""The prints of the past."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from gbterm.errors import GbtermError
from gbterm.jobs import JobRecord
from gbterm.screens.dialog import Dialog
from gbterm.text import scrub
from gbterm.widgets.bars import NARROW
from gbterm.widgets.stream_words import moment
from gbterm.widgets.words import counted, duration

Ask = Callable[[str, str | None], Awaitable[list[JobRecord]]]
"""Some prints in whose name or reason a text is, of those before the print with that id."""

AHEAD = 5
"""More are asked for when so few are left below the one that is marked."""


class HistoryScreen(Dialog[None]):
    """A print a row, newest first; what is typed is searched for, more come as one goes down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        *(
            Binding(key, f"cursor('{how}')", how, show=False, priority=True)
            for key, how in (
                *(("up", "cursor_up"), ("down", "cursor_down")),
                *(("pageup", "page_up"), ("pagedown", "page_down")),
            )
        ),
    ]
    HINT = "Type to search; arrow keys and PgUp, PgDn move; Esc closes this."
    WIDE = True

    search = getters.query_one(Input)
    rows = getters.query_one(OptionList)
    note = getters.query_one("#note", Static)

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask
        self.prints: list[JobRecord] = []
        self._is_whole = False

    def head(self) -> Iterable[Widget]:
        """What is searched for, and the prints."""
        yield Static("Prints of the past", classes="title")
        yield Input(placeholder="part of a name or a reason", compact=True)
        yield OptionList(compact=True)

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
    async def _read(self, before: str | None = None) -> None:
        try:
            found = await self._ask(self.search.value.strip(), before)
        except GbtermError as error:
            self._say(Content(scrub(str(error))))
            return
        if before is None:
            self.prints = []
            self.rows.clear_options()
        self._is_whole = not found
        self.prints += found
        dated = self.app.size.width >= NARROW
        self.rows.add_options(_row(record, dated=dated) for record in found)
        if before is None:
            self.rows.highlighted = 0 if found else None
            self._show(0)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say more of it; ask for more prints near the end."""
        event.stop()
        self._show(event.option_index)
        if event.option_index >= len(self.prints) - AHEAD and not self._is_whole:
            self._is_whole = True  # until the answer says otherwise
            self._read(self.prints[-1].id)

    def _show(self, index: int) -> None:
        if index < len(self.prints):
            self._say(Content(_more(self.prints[index])))
        else:
            self._say(Content("Nothing was found." if self.search.value else "No print ended yet."))

    def _say(self, text: Content) -> None:
        self.note.update(text)
        self.fit()

    def action_cursor(self, how: str) -> None:
        """The list moves, whatever is typed."""
        getattr(self.rows, f"action_{how}")()

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)


def _row(record: JobRecord, *, dated: bool) -> Content:
    return Content.assemble(
        f"{_when(record):<16}  " if dated else "",
        (f"{scrub(record.outcome):<10}", "bold"),
        scrub(record.name),
    )


def _when(record: JobRecord) -> str:
    at = record.ended_at or record.started_at
    return moment(at) if at else "---"


def _more(record: JobRecord) -> str:
    took = f"printed for {duration(record.printed_s)}"
    if record.estimate_s:
        took += f" (the file says {duration(record.estimate_s)})"
    share = "" if record.outcome == "finished" else f"{record.fraction * 100:.0f} % of it, "
    facts = [
        f"{_when(record)}: {share}{took}",
        counted(record.pauses, "pause") if record.pauses else "",
        counted(record.resends, "resend") if record.resends else "",
        f"{record.filament_mm / 1000:.1f} m of filament in all" if record.filament_mm else "",
    ]
    told = ", ".join(fact for fact in facts if fact)
    return f"{scrub(record.reason)} {told}.".strip()
