"""The files of the library, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from gbterm.files import GcodeFile
from gbterm.text import scrub
from gbterm.widgets.bars import NARROW
from gbterm.widgets.words import size

SIZE_WIDTH, UPLOADED_WIDTH = 8, 16


class FileTable(DataTable[Text]):
    """Name, size and, where there is room, when it was uploaded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]

    class Entered(Message):
        """Enter was pressed on a file; a click only selects, for Enter prints."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row")

    def action_select_cursor(self) -> None:
        """Enter."""
        self.post_message(self.Entered())

    def fill(self, files: Sequence[GcodeFile], width: int, selected: int | None) -> None:
        """Show `files` in `width` cells with the cursor on the one whose id is `selected`."""
        wide = width >= NARROW
        self.clear(columns=True)
        others = SIZE_WIDTH + 5 + (UPLOADED_WIDTH + 3 if wide else 0)
        self.add_column("Name", width=max(10, width - others))
        self.add_column("Size", width=SIZE_WIDTH)
        if wide:
            self.add_column("Uploaded", width=UPLOADED_WIDTH)
        for file in files:
            cells = [Text(scrub(file.name)), Text(size(file.size), justify="right")]
            if wide:
                cells.append(Text(scrub(file.uploaded[:UPLOADED_WIDTH])))
            self.add_row(*cells)
        self.move_cursor(row=next((i for i, f in enumerate(files) if f.id == selected), 0))
