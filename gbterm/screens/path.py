"""Naming a file on this computer's disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from gbterm.errors import UsageError
from gbterm.screens.dialog import Dialog
from gbterm.text import scrub
from gbterm.widgets.path_input import PathInput, complete

SHOWN = 8
"""Names offered at once."""
NOTHING = "No folder and no .gcode file there begins like this."


class PathScreen(Dialog[Path | None]):
    """Returns the path that `check` makes of the line, or None.

    `check` runs in a thread, as a folder on a network may take its time; it raises `UsageError`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    line = getters.query_one(PathInput)
    note = getters.query_one("#note", Static)

    WIDE = True

    def __init__(
        self,
        title: str,
        does: str,
        check: Callable[[str], Path],
        *,
        value: str = "",
        nothing: str = NOTHING,
    ) -> None:
        """`does` is what Enter does; `value` stands there already.

        `nothing` is said where no file begins like what was typed.
        """
        super().__init__()
        self.asked, self.does, self.check = scrub(title), does, check
        self._value, self._nothing = scrub(value), nothing

    def head(self) -> Iterable[Widget]:
        """A line to type in."""
        yield Static(Content(self.asked), classes="title")
        hint = "path of the file, ~ is your home"
        yield PathInput(self._value, placeholder=hint, compact=True)

    def hint(self) -> str:
        """The keys."""
        return f"Tab completes, Enter {self.does}, Esc leaves."

    def text(self) -> Iterable[Widget]:
        """What went wrong, or what could follow."""
        yield Static(id="note")

    def on_mount(self) -> None:
        """A cursor that blinks costs bytes on a slow line."""
        super().on_mount()
        self.line.cursor_blink = False
        self._offer(complete_text=False)

    def on_input_changed(self) -> None:
        """Offer what could follow."""
        self._offer(complete_text=False)

    def on_path_input_completing(self) -> None:
        """Tab."""
        self._offer(complete_text=True)

    @work(exclusive=True, group="offer", exit_on_error=False)
    async def _offer(self, *, complete_text: bool) -> None:
        """In a thread: a folder on a network may take its time."""
        completion = await asyncio.to_thread(complete, self.line.value)
        if complete_text and completion.text != self.line.value:
            self.line.value = completion.text
            self.line.action_end()
            return
        names = [scrub(name) for name in completion.names]
        more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
        self._show(Content("\n".join(names[:SHOWN] + more) or self._nothing))

    def _show(self, note: Content) -> None:
        self.note.update(note)
        self.fit()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: leave with the path, or say what is wrong with it."""
        event.stop()
        self._check(event.value)

    @work(exclusive=True, group="offer", exit_on_error=False)
    async def _check(self, text: str) -> None:
        try:
            self.dismiss(await asyncio.to_thread(self.check, text))
        except UsageError as error:
            self._show(Content.styled(scrub(str(error)), "bold $error"))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
