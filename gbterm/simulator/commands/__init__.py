"""Every command this firmware knows, by its code."""

from __future__ import annotations

from gbterm.simulator.commands import (
    arcs,
    card,
    heating,
    homing,
    job,
    levelling,
    modes,
    motion,
    pause,
    reports,
    settings,
    tools,
    tuning,
)
from gbterm.simulator.commands.table import Handler
from gbterm.simulator.commands.tools import invalid_tool

HANDLERS: dict[str, Handler] = {
    **motion.COMMANDS,
    **arcs.COMMANDS,
    **modes.COMMANDS,
    **tools.COMMANDS,
    **homing.COMMANDS,
    **heating.COMMANDS,
    **pause.COMMANDS,
    **job.COMMANDS,
    **card.COMMANDS,
    **reports.COMMANDS,
    **settings.COMMANDS,
    **levelling.COMMANDS,
    **tuning.COMMANDS,
}

__all__ = ["HANDLERS", "Handler", "invalid_tool"]
