"""T0, T1 …: another nozzle takes the place of the one that was active."""

from __future__ import annotations

from gbterm.simulator.commands.motion import BED, TRAVEL, Z_TRAVEL, blocking_move, synchronize
from gbterm.simulator.commands.table import FULL, Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps
from gbterm.simulator.planner import Position

TOOL_LIFT = 2.0


def invalid_tool(machine: Machine, command: Command) -> None:
    """A T command for a tool that is not there."""
    machine.say(f"echo:{command.name} Invalid extruder")


def change_tool(machine: Machine, command: Command) -> Steps | None:
    """T0, T1."""
    tool = int(command.name[1:])
    if machine.variant.extruders == 1:
        return None
    return _change_tool(machine, tool)


def _change_tool(machine: Machine, tool: int) -> Steps:
    yield from synchronize(machine)
    if tool != machine.tool:
        sign = 1 if tool else -1
        offset = machine.settings.tool_offset
        here = list(machine.planner.position)
        if all(machine.homed):
            yield from _swap_nozzles(machine, here, sign)
        else:
            machine.planner.position = [
                here[0] + sign * offset[0],
                here[1] + sign * offset[1],
                here[2],
                here[3],
            ]
        machine.tool = tool
    machine.say(f"echo:Active Extruder: {tool}")


def _swap_nozzles(machine: Machine, here: Position, sign: int) -> Steps:
    """Lift, shift by the offset, come back: the other nozzle is then where this one was."""
    x, y, z, e = here
    offset = machine.settings.tool_offset
    lifted = min(z + TOOL_LIFT, BED)
    yield from blocking_move(machine, [x, y, lifted, e], Z_TRAVEL)
    aside = [x - sign * offset[0], y - sign * offset[1], lifted, e]
    yield from blocking_move(machine, aside, TRAVEL)
    machine.planner.position = [x, y, lifted, e]
    yield from blocking_move(machine, [x, y, z, e], Z_TRAVEL)


COMMANDS = {"T0": Handler(change_tool), "T1": Handler(change_tool, FULL)}
