"""Every command this firmware knows, by its code."""

from __future__ import annotations

from gbterm.simulator.commands import heating, homing, job, motion, pause, reports, settings
from gbterm.simulator.commands.motion import invalid_tool
from gbterm.simulator.commands.table import Handler

HANDLERS: dict[str, Handler] = {
    **motion.COMMANDS,
    **homing.COMMANDS,
    **heating.COMMANDS,
    **pause.COMMANDS,
    **job.COMMANDS,
    **reports.COMMANDS,
    **settings.COMMANDS,
}

__all__ = ["HANDLERS", "Handler", "invalid_tool"]
