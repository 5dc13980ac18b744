"""What the Dashboard does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import Action, Footer, idle_in
from gbterm.model import Phase

_AT_REST = (Phase.CONNECTING, Phase.READY, Phase.ERROR)

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
    Action(
        "connect_printer",
        "Connect",
        "Open the printer's port",
        "c",
        "c",
        screen="dashboard",
        needs=Capability.RECONNECT,
        when=idle_in(Phase.DISCONNECTED),
        footer=Footer.POSSIBLE,
    ),
    Action(
        "disconnect_printer",
        "Disconnect",
        "Turn the heaters off and close the printer's port, after a question",
        "x",
        "x",
        screen="dashboard",
        needs=Capability.RECONNECT,
        when=idle_in(*_AT_REST),
        footer=Footer.POSSIBLE,
    ),
    Action(
        "choose_port",
        "Port",
        "Choose the port, the baud rate and the profile by which the printer is connected",
        "o",
        "o",
        screen="dashboard",
        needs=Capability.CONNECTION,
        when=idle_in(Phase.DISCONNECTED, *_AT_REST),
        footer=Footer.POSSIBLE,
    ),
)
