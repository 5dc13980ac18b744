"""What the Dashboard does."""

from __future__ import annotations

from gbterm.keymap.action import Action, Footer

ACTIONS: tuple[Action, ...] = (
    Action(
        "details",
        "Details",
        "Show the firmware, the cable, the hours of use and the disks",
        "i",
        "i",
        screen="dashboard",
        footer=Footer.ALWAYS,
    ),
)
