"""Leaving while something is going on."""

from __future__ import annotations

from typing import ClassVar

from gbterm.screens.confirm import ConfirmScreen


class LeaveScreen(ConfirmScreen):
    """Says what goes on without the console; here Enter leaves, for leaving harms nothing."""

    AUTO_FOCUS = "#yes"
    HINT: ClassVar[str] = "Enter leaves, Esc stays."

    def __init__(self, text: str) -> None:
        super().__init__(text, yes="Leave", no="Stay")
