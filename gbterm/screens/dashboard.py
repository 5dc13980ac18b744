"""Everything about the printer at a glance."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Rule

from gbterm.screens.base import PrinterScreen
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.progress import JobPanel
from gbterm.widgets.readings import HeaterPanel, MotionPanel


class DashboardScreen(PrinterScreen):
    """State, temperatures, position, job and messages."""

    NAME = "dashboard"
    CSS_PATH = "dashboard.tcss"

    def content(self) -> Iterable[Widget]:
        """From top to bottom; readings side by side where there is room."""
        yield self.status_panel()
        yield Container(
            HeaterPanel().data_bind(PrinterScreen.heaters),
            MotionPanel().data_bind(PrinterScreen.motion),
            id="readings",
        )
        yield JobPanel().data_bind(PrinterScreen.job)
        yield Rule()
        yield MessageList().data_bind(PrinterScreen.messages)
