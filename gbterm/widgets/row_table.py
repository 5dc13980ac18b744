"""A table of rows of which one is selected."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from gbterm.text import scrub


class RowTable(DataTable[Text]):
    """Enter does something with a row; a click only selects it.

    Its screen does it at once (`action_enter`), since a message would be overtaken by the next key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
        Binding("enter", "screen.enter", "Enter", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(cursor_type="row")

    def add_texts(self, *cells: str) -> None:
        """One row more, of text from anywhere."""
        self.add_row(*map(cell, cells))


def cell(text: str) -> Text:
    """Text from anywhere, for one cell."""
    return Text(scrub(text), no_wrap=True, overflow="ellipsis")
