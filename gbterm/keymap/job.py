"""What the Job screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import RUNNING, Action, Footer, phase_in
from gbterm.model import Phase

ACTIONS: tuple[Action, ...] = (
    Action(
        "pause",
        "Pause",
        "Pause the print",
        "p",
        "p",
        screen="job",
        needs=Capability.JOB,
        when=phase_in(Phase.EXECUTING, Phase.RESUMING),
        footer=Footer.ALWAYS,
    ),
    Action(
        "resume",
        "Resume",
        "Go on with the paused print",
        "r",
        "r",
        screen="job",
        needs=Capability.JOB,
        when=phase_in(Phase.PAUSED, Phase.FILAMENT_SWAP),
        footer=Footer.ALWAYS,
    ),
    Action(
        "cancel",
        "Cancel",
        "End the print and turn the heaters off, after a question",
        "c",
        "c",
        screen="job",
        needs=Capability.JOB,
        when=phase_in(*RUNNING, Phase.PAUSED, Phase.FILAMENT_SWAP),
        footer=Footer.ALWAYS,
    ),
)
