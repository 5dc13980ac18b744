"""What the Settings screen does."""

from __future__ import annotations

from gbterm.keymap.action import Action, Footer

ACTIONS: tuple[Action, ...] = (
    Action(
        "change_setting",
        "Change",
        "Change the selected setting in your configuration",
        "enter",
        "Enter",
        screen="settings",
        footer=Footer.ALWAYS,
    ),
    Action(
        "reset_setting",
        "Reset",
        "Take the selected setting out of your configuration, so that it is as it was at first",
        "o",
        "o",
        screen="settings",
        footer=Footer.POSSIBLE,
    ),
)
