"""G28 and G27: moves to known places."""

from __future__ import annotations

from gbterm.simulator.commands.motion import (
    AXES,
    TRAVEL,
    Z_TRAVEL,
    blocking_move,
    synchronize,
)
from gbterm.simulator.commands.table import FULL, Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait

PARK = (10.0, 190.0, 20.0)  # NOZZLE_PARK_POINT
# Seconds to home an axis that is at its endstop (lift, bump, approach again), as recorded.
HOMING = (1.35, 1.35, 12.65)
HOMING_FEED = (50.0, 50.0, 4.0)


def home(machine: Machine, command: Command) -> Steps:
    """G28."""
    chosen = [axis for axis, letter in enumerate(AXES) if command.seen(letter)] or [0, 1, 2]
    if machine.variant.extruders > 1:
        machine.say("echo:Active Extruder: 0")
    yield from synchronize(machine)
    position = list(machine.planner.position)
    for axis in chosen:
        distance = abs(position[axis])
        yield Wait(until=machine.now + HOMING[axis] + distance / HOMING_FEED[axis])
        position[axis] = 0.0
        machine.planner.position = list(position)
        machine.homed[axis] = True
        machine.shift[axis] = 0.0
    if machine.variant.extruders > 1:
        machine.say(f"echo:Active Extruder: {machine.tool}")
    machine.report_position()


def go_to_park(machine: Machine) -> Steps:
    """Lift, then move to the parking place; says the position it has reached."""
    x, y, z, e = machine.planner.position
    lifted = max(z, PARK[2])
    yield from blocking_move(machine, [x, y, lifted, e], Z_TRAVEL)
    yield from blocking_move(machine, [PARK[0], PARK[1], lifted, e], TRAVEL)
    machine.report_position()


def park(machine: Machine, _command: Command) -> Steps:
    """G27."""
    yield from synchronize(machine)
    if not all(machine.homed):
        machine.say("echo:Home XYZ first")
        return
    yield from go_to_park(machine)


COMMANDS = {"G28": Handler(home), "G27": Handler(park, FULL)}
