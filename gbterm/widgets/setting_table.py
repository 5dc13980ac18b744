"""The settings, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from gbterm.text import scrub
from gbterm.widgets.bars import NARROW

TITLE_WIDTH, VALUE_WIDTH = 22, 12

Row = tuple[str, str, str]
"""What it is, how it is, and who says so."""


class SettingTable(DataTable[Text]):
    """What it is and how it is; who says so, where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]

    class Entered(Message):
        """Enter was pressed on a setting."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row")

    def action_select_cursor(self) -> None:
        """Enter."""
        self.post_message(self.Entered())

    def fill(self, rows: Sequence[Row], width: int) -> None:
        """Show `rows` in `width` cells, with the cursor where it was."""
        row, wide = self.cursor_row, width >= NARROW
        self.clear(columns=True)
        self.add_column("Setting", width=TITLE_WIDTH)
        self.add_column("Now", width=VALUE_WIDTH)
        if wide:
            self.add_column("Said by", width=max(10, width - TITLE_WIDTH - VALUE_WIDTH - 6))
        for cells in rows:
            shown = cells if wide else cells[:2]
            self.add_row(*(Text(scrub(cell), no_wrap=True, overflow="ellipsis") for cell in shown))
        self.move_cursor(row=row)
