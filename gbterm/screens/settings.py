"""How this console is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.widgets.message_list import MessageList


class SettingsScreen(PrinterScreen):
    """How this console is."""

    NAME = "settings"
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("settings")

    def content(self) -> Iterable[Widget]:
        """From top to bottom."""
        yield self.status_panel()
        yield MessageList().data_bind(PrinterScreen.messages)
