"""Leaving while something is going on."""

from __future__ import annotations

from gbterm.screens.confirm import ConfirmScreen, Overtaken


class LeaveScreen(ConfirmScreen):
    """Says what goes on without the console; here Enter leaves, for leaving harms nothing."""

    AUTO_FOCUS = "#yes"
    HINT = "Enter leaves, Esc stays."

    def __init__(self, text: str, overtaken: Overtaken) -> None:
        super().__init__(text, yes="Leave", no="Stay", overtaken=overtaken)
