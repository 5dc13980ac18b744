"""Moving the axes and the filament by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.readings import MotionPanel


class JogScreen(PrinterScreen):
    """Moving the axes and the filament by hand."""

    NAME = "jog"
    CSS_PATH = "jog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("jog")

    def content(self) -> Iterable[Widget]:
        """From top to bottom."""
        yield self.status_panel()
        yield MotionPanel().data_bind(PrinterScreen.motion)
        yield MessageList().data_bind(PrinterScreen.messages)
