"""The printers that one can connect to, one a row."""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.widgets.bars import NARROW
from gbterm.widgets.row_table import RowTable, cell

GAP = 2
"""Between two columns."""
FEWEST = 15
"""Cells in which an address is of any use."""


@dataclass(frozen=True, slots=True)
class PrinterRow:
    """What is shown of a printer, a text a column; `mark` is a star for the one on show."""

    mark: str
    name: str
    now: str
    progress: str
    left: str
    nozzle: str
    bed: str
    kind: str
    address: str


COLUMNS = ("mark", "name", "now", "nozzle", "bed", "progress", "left", "kind", "address")
"""As they stand, from the left."""
TITLES = {
    "name": "Name",
    "now": "Now",
    "nozzle": "Nozzle",
    "bed": "Bed",
    "progress": "Done",
    "left": "Left",
    "kind": "Kind",
    "address": "Where",
}
WIDTHS = {"progress": 6, "left": 8, "nozzle": 7, "bed": 7, "kind": 12}
"""Those that come where there is room for them, the dearest first."""


def columns(width: int) -> dict[str, int]:
    """The columns for so many cells, with their widths."""
    narrow = width < NARROW
    name, now = (13, 12) if narrow else (18, 13)
    found = {"mark": 1, "name": name, "now": now}
    room = width - sum(found.values()) - GAP * len(found)
    for column, wide in WIDTHS.items():
        if room < wide + GAP:
            break
        found[column] = wide
        room -= wide + GAP
    else:
        if room >= FEWEST + GAP:
            found["address"] = room - GAP
            room = 0
    found["name"] += room
    return {column: found[column] for column in COLUMNS if column in found}


class PrinterTable(RowTable):
    """Its name and what it does; the rest where there is room. The selected row stays selected."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[str, PrinterRow] = {}
        self._columns: dict[str, int] = {}

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor; None where there are no rows."""
        keys = list(self._shown)
        return keys[self.cursor_row] if self.cursor_row < len(keys) else None

    def fill(self, rows: dict[str, PrinterRow], width: int) -> None:
        """Show `rows`, by keys that tell one printer from another, in `width` cells."""
        wanted = columns(width)
        if (list(rows), wanted) == (list(self._shown), self._columns):
            self._change(rows)
        else:
            self._fill_anew(rows, wanted)
        self._shown = rows

    def _change(self, rows: dict[str, PrinterRow]) -> None:
        for key, row in rows.items():
            old = self._shown[key]
            for column in self._columns:
                if (text := getattr(row, column)) != getattr(old, column):
                    self.update_cell(key, column, cell(text))

    def _fill_anew(self, rows: dict[str, PrinterRow], wanted: dict[str, int]) -> None:
        selected, number, keys = self.selected, self.cursor_row, list(rows)
        self._columns = wanted
        self.clear(columns=True)
        for column, width in wanted.items():
            self.add_column(TITLES.get(column, ""), width=width, key=column)
        for key, row in rows.items():
            self.add_row(*(cell(getattr(row, column)) for column in wanted), key=key)
        if rows:
            nearest = min(number, len(keys) - 1)
            self.move_cursor(row=keys.index(selected) if selected in keys else nearest)
