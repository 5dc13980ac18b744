"""The settings, one a row."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.widgets.bars import NARROW
from gbterm.widgets.row_table import RowTable

TITLE_WIDTH, VALUE_WIDTH = 22, 12

Row = tuple[str, str, str]
"""What it is, how it is, and who says so."""


class SettingTable(RowTable):
    """What it is and how it is; who says so, where there is room."""

    def fill(self, rows: Sequence[Row], width: int) -> None:
        """Show `rows` in `width` cells, with the cursor where it was."""
        row, wide = self.cursor_row, width >= NARROW
        self.clear(columns=True)
        self.add_column("Setting", width=TITLE_WIDTH)
        self.add_column("Now", width=VALUE_WIDTH)
        if wide:
            self.add_column("Said by", width=max(10, width - TITLE_WIDTH - VALUE_WIDTH - 6))
        for cells in rows:
            self.add_texts(*(cells if wide else cells[:2]))
        self.move_cursor(row=row)
