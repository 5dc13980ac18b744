"""How later moves are read: units, absolute or relative, percentages, cold extrusion."""

from __future__ import annotations

from gbterm.simulator.commands.table import FULL, Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine


def millimetres(machine: Machine, _command: Command) -> None:
    """G21."""
    machine.unit = 1.0


def inches(machine: Machine, _command: Command) -> None:
    """G20."""
    machine.unit = 25.4


def absolute(machine: Machine, _command: Command) -> None:
    """G90."""
    machine.relative = machine.relative_e = False


def relative(machine: Machine, _command: Command) -> None:
    """G91."""
    machine.relative = machine.relative_e = True


def absolute_e(machine: Machine, _command: Command) -> None:
    """M82."""
    machine.relative_e = False


def relative_e(machine: Machine, _command: Command) -> None:
    """M83."""
    machine.relative_e = True


def feed_percentage(machine: Machine, command: Command) -> None:
    """M220."""
    value = command.value("S")
    if value is not None:
        machine.feed_percent = max(value, 1.0)
    else:
        machine.say(f"FR:{machine.feed_percent:.0f}%")


def flow_percentage(machine: Machine, command: Command) -> None:
    """M221."""
    tool = machine.extruder_from(command.value("T"))
    if tool is None:
        machine.say(f"echo:M221 Invalid extruder {command.number('T', 0):.0f}")
        return
    value = command.value("S")
    if value is not None:
        machine.flow[tool] = value
    else:
        machine.say(f"echo:E{tool} Flow: {machine.flow[tool]:.0f}%")


def cold_extrusion(machine: Machine, command: Command) -> None:
    """M302."""
    lowest = command.value("S")
    if lowest is not None:
        machine.min_extrude = lowest
        machine.cold_extrusion = lowest == 0
    elif command.seen("P"):
        machine.cold_extrusion = machine.min_extrude == 0 or command.flag("P")
    else:
        state = "en" if machine.cold_extrusion else "dis"
        limit = int(machine.min_extrude)
        machine.say(f"echo:Cold extrudes are {state}abled (min temp {limit}C)")


COMMANDS = {
    "G20": Handler(inches, FULL),
    "G21": Handler(millimetres),
    "G90": Handler(absolute),
    "G91": Handler(relative),
    "M82": Handler(absolute_e),
    "M83": Handler(relative_e),
    "M220": Handler(feed_percentage),
    "M221": Handler(flow_percentage),
    "M302": Handler(cold_extrusion),
}
