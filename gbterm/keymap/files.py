"""What the Files screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import Action, Footer, phase_in
from gbterm.model import Phase

ACTIONS: tuple[Action, ...] = (
    Action(
        "print",
        "Print",
        "Print the selected file",
        "enter,p",
        "Enter",
        screen="files",
        needs=Capability.FILES,
        when=phase_in(Phase.READY),
        footer=Footer.ALWAYS,
    ),
    Action(
        "upload",
        "Upload",
        "Put a G-code file from this computer's disk into the library",
        "u",
        "u",
        screen="files",
        needs=Capability.FILES,
        footer=Footer.ALWAYS,
    ),
    Action(
        "delete",
        "Delete",
        "Delete the selected file from the library, after a question",
        "d",
        "d",
        screen="files",
        needs=Capability.FILES,
        footer=Footer.ALWAYS,
    ),
    Action(
        "refresh",
        "Refresh",
        "Read the list of files again",
        "r",
        "r",
        screen="files",
        needs=Capability.FILES,
    ),
)
