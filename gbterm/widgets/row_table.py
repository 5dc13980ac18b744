"""A table of rows of which one is selected."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from gbterm.text import scrub


class RowTable(DataTable[Text]):
    """Enter does something with a row; a click only selects it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]

    class Entered(Message):
        """Enter was pressed on a row."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row")

    def action_select_cursor(self) -> None:
        """Enter."""
        self.post_message(self.Entered())

    def add_texts(self, *cells: str) -> None:
        """One row more, of text from anywhere."""
        self.add_row(*map(cell, cells))


def cell(text: str) -> Text:
    """Text from anywhere, for one cell."""
    return Text(scrub(text), no_wrap=True, overflow="ellipsis")
