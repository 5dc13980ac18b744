"""What a printer is doing, in words that say why it can't do something else."""

from __future__ import annotations

from gbterm.errors import WrongState
from gbterm.model import Phase

_DOING = {
    Phase.DISCONNECTED: "is not connected",
    Phase.CONNECTING: "is still connecting",
    Phase.ERROR: "is stopped by an error: look at it, then reconnect",
    Phase.READY: "has no job",
    Phase.STARTING: "is about to print",
    Phase.EXECUTING: "is printing",
    Phase.PAUSED: "has a paused print: resume or cancel it first",
    Phase.FILAMENT_SWAP: "is changing filament: complete that first",
}


def wrong_state(name: str, phase: Phase, to: str) -> WrongState:
    """The error for who asked the printer called `name` in `phase` `to` do something."""
    doing = _DOING.get(phase, f"is {phase.value.lower()}")
    return WrongState(f"{name} can't {to} now: it {doing}.")
