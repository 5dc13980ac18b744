"""What goes over the cable, and G-code typed by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.widgets.message_list import MessageList


class ConsoleScreen(PrinterScreen):
    """What goes over the cable, and G-code typed by hand."""

    NAME = "console"
    CSS_PATH = "console.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("console")

    def content(self) -> Iterable[Widget]:
        """From top to bottom."""
        yield self.status_panel()
        yield MessageList().data_bind(PrinterScreen.messages)
