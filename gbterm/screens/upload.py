"""Choosing a file on this computer's disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
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
from gbterm.widgets.path_input import PathInput, complete, resolve

SHOWN = 8
"""Names offered at once."""
NOTHING = "No folder and no .gcode file there begins like this."


class UploadScreen(Dialog[Path | None]):
    """Returns the path of a file that can be read, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    line = getters.query_one(PathInput)
    note = getters.query_one("#note", Static)

    HINT = "Tab completes, Enter uploads, Esc leaves."
    WIDE = True

    def head(self) -> Iterable[Widget]:
        """A line to type in."""
        yield Static("Upload a G-code file from this computer", classes="title")
        yield PathInput(placeholder="path of the file, ~ is your home", compact=True)

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
        self._show(Content("\n".join(names[:SHOWN] + more) or NOTHING))

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
            self.dismiss(await asyncio.to_thread(resolve, text))
        except UsageError as error:
            self._show(Content.styled(scrub(str(error)), "bold $error"))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
