"""The printers that one can connect to, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gbterm.widgets.bars import NARROW
from gbterm.widgets.row_table import RowTable

NAME_WIDTH, KIND_WIDTH, DOING_WIDTH = 18, 12, 14


@dataclass(frozen=True, slots=True)
class PrinterRow:
    """What is shown of a printer; `mark` is a star for the one on show."""

    mark: str
    name: str
    kind: str
    doing: str
    address: str


class PrinterTable(RowTable):
    """Its name and what it does; how it is known and where it is, where there is room."""

    def fill(self, rows: Sequence[PrinterRow], width: int, selected: int) -> None:
        """Show `rows` in `width` cells with the cursor on number `selected`, from 0."""
        wide = width >= NARROW
        self.clear(columns=True)
        self.add_column("", width=1)
        self.add_column("Name", width=NAME_WIDTH)
        self.add_column("Now", width=DOING_WIDTH)
        if wide:
            self.add_column("Kind", width=KIND_WIDTH)
            others = 1 + NAME_WIDTH + KIND_WIDTH + DOING_WIDTH + 2 * 5
            self.add_column("Where", width=max(10, width - others))
        for row in rows:
            cells = [row.mark, row.name, row.doing]
            cells += [row.kind, row.address] if wide else []
            self.add_texts(*cells)
        self.move_cursor(row=selected)
