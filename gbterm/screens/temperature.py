"""The heaters: their course and their targets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.readings import HeaterPanel


class TemperatureScreen(PrinterScreen):
    """The heaters: their course and their targets."""

    NAME = "temperature"
    CSS_PATH = "temperature.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("temperature")

    def content(self) -> Iterable[Widget]:
        """From top to bottom."""
        yield self.status_panel()
        yield HeaterPanel().data_bind(PrinterScreen.heaters)
        yield MessageList().data_bind(PrinterScreen.messages)
