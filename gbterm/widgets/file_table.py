"""The files of the library, one a row, however many they are."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from gbterm.text import scrub
from gbterm.widgets.file_list import Entry, Folder, Order, print_time_s
from gbterm.widgets.words import duration, size

_NAME, _SIZE, _TIME, _UPLOADED = "Name", "Size", "Print time", "Uploaded"
_WIDTHS = {_SIZE: 9, _TIME: 12, _UPLOADED: 16}
_SORTED_BY = {
    Order.NAME: _NAME,
    Order.SIZE: _SIZE,
    Order.TIME: _TIME,
    Order.NEWEST: _UPLOADED,
}
_FIRST = {Order.NEWEST: "newest", Order.SIZE: "largest", Order.TIME: "longest"}
_GAP = "  "
_HEADER, _CURSOR = Style(bold=True, underline=True), Style(reverse=True)


class FileTable(Widget, can_focus=True):
    """Draws the rows in sight alone, and where the cursor moves, those that it left and came to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1_000_000)", "First", show=False),
        Binding("end", "move(1_000_000)", "Last", show=False),
        Binding("enter", "screen.enter", "Enter", show=False),
    ]

    cursor: var[int] = var(0)
    """Place of the selected row. No message tells of it: the next key would overtake that."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[Entry, ...] = ()
        self.order = Order.NEWEST
        self.folder: str | None = ""
        """Where the listed files lie; None for a list from all over the library."""
        self._top = 0

    @property
    def selected(self) -> Entry | None:
        """What the cursor is on; None in an empty list."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    @property
    def neighbour(self) -> Entry | None:
        """What is below the cursor, or above it where that is the last."""
        around = self.entries[self.cursor + 1 :][:1] or self.entries[: self.cursor][-1:]
        return around[0] if around else None

    def show(self, entries: tuple[Entry, ...], order: Order, selected: Entry | None) -> None:
        """List `entries`, with the cursor on `selected` if that is among them, else on the first.

        An entry is the same under another name, if only its id is.
        """
        self.entries, self.order = entries, order
        wanted = _identity(selected)
        places = (place for place, entry in enumerate(entries) if _identity(entry) == wanted)
        self.cursor = next(places, 0)
        self._scroll()
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._go(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move it by what is in sight."""
        self._go(self.cursor + pages * max(1, self._rows - 1))

    def on_click(self, event: events.Click) -> None:
        """Select the row, and no more: Enter prints."""
        if event.y > 0 and self._top + event.y - 1 < len(self.entries):
            self._go(self._top + event.y - 1)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._scroll()

    def render_line(self, y: int) -> Strip:
        """The header, or a row."""
        width, style = self.content_size.width, self.rich_style
        if y == 0:
            return Strip([Segment(self._header(width), style + _HEADER)])
        row = self._top + y - 1
        if row >= len(self.entries):
            return Strip.blank(width, style)
        text = self._row(self.entries[row], width)
        return Strip([Segment(text, style + _CURSOR if row == self.cursor else style)])

    @property
    def _rows(self) -> int:
        return max(1, self.content_size.height - 1)

    def _go(self, cursor: int) -> None:
        old, top = self.cursor, self._top
        self.cursor = max(0, min(cursor, len(self.entries) - 1))
        if self.cursor == old:
            return
        self._scroll()
        if self._top == top:
            width = self.content_size.width
            self.refresh(*(Region(0, row - top + 1, width, 1) for row in (old, self.cursor)))
        else:
            self.refresh()

    def _scroll(self) -> None:
        """Keep the cursor in sight; beyond an edge half a page comes at once."""
        rows, last = self._rows, max(0, len(self.entries) - self._rows)
        if not self._top <= self.cursor < self._top + rows:
            self._top = self.cursor - rows // 2
        self._top = max(0, min(self._top, last))

    def _columns(self, width: int) -> tuple[str, ...]:
        if width >= 76:
            return _SIZE, _TIME, _UPLOADED
        return (_SIZE, _TIME) if width >= 50 else (_SIZE,)

    def _header(self, width: int) -> str:
        columns, by = self._columns(width), _SORTED_BY[self.order]
        mark = "▲" if self.order is Order.NAME else "▼"
        marked = {column: f"{column} {mark}" if column == by else column for column in _WIDTHS}
        name = f"{_NAME} in {self.folder}/" if self.folder else _NAME
        if by == _NAME:
            name = f"{name} {mark}"
        elif by not in columns:
            name = f"{name}, {_FIRST[self.order]} first"
        return _fitted(name, [marked[column] for column in columns], columns, width)

    def _row(self, entry: Entry, width: int) -> str:
        columns = self._columns(width)
        if isinstance(entry, Folder):
            files = f"{entry.files} file{'s' * (entry.files != 1)}"
            texts = {_SIZE: files}
            return _fitted(f"{entry.name}/", [texts.get(c, "") for c in columns], columns, width)
        time_s = print_time_s(entry)
        texts = {
            _SIZE: size(entry.size),
            _TIME: duration(time_s) if time_s else "",
            _UPLOADED: entry.uploaded[: _WIDTHS[_UPLOADED]],
        }
        name = entry.path if self.folder is None else entry.name
        return _fitted(name, [texts[column] for column in columns], columns, width)


def _fitted(name: str, cells: list[str], columns: tuple[str, ...], width: int) -> str:
    """A row of exactly `width` cells."""
    right = "".join(
        _GAP + set_cell_size(scrub(cell), _WIDTHS[column])
        if column == _UPLOADED
        else _GAP + scrub(cell)[: _WIDTHS[column]].rjust(_WIDTHS[column])
        for cell, column in zip(cells, columns, strict=True)
    )
    room = max(1, width - cell_len(right))
    name = scrub(name)
    if cell_len(name) > room:
        name = f"{set_cell_size(name, room - 1).rstrip()}…"
    return set_cell_size(set_cell_size(name, room) + right, width)


def _identity(entry: Entry | None) -> object:
    return entry.path if isinstance(entry, Folder) else entry and entry.id
