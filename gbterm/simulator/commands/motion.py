"""Straight moves, waiting for them, and where the machine believes to be."""

from __future__ import annotations

from gbterm.simulator.commands.table import Handler, silent
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from gbterm.simulator.planner import Position

AXES = "XYZ"
BED = 200.0  # each axis runs from 0 to this
LONGEST_EXTRUSION = 200.0  # EXTRUDE_MAXLENGTH
TRAVEL = 100.0  # mm/s of moves that the firmware makes itself
Z_TRAVEL = 5.0


def synchronize(machine: Machine) -> Steps:
    """Wait until every accepted move has been made."""
    if machine.planner.busy:
        yield Wait(done=lambda: not machine.planner.busy)


def plan(machine: Machine, target: Position, feed: float) -> Steps | None:
    """Give a move to the planner, waiting where it is full."""
    target = _extrudable(machine, target)
    if machine.planner.free:
        machine.planner.add(target, feed, machine.now)
        return None
    return _plan_later(machine, target, feed)


def _plan_later(machine: Machine, target: Position, feed: float) -> Steps:
    yield Wait(done=lambda: machine.planner.free > 0)
    machine.planner.add(target, feed, machine.now)


def _extrudable(machine: Machine, target: Position) -> Position:
    """Without what cold or lengthy extrusion prevention forbids (planner.cpp)."""
    planner = machine.planner
    length = target[3] - planner.position[3]
    if not length:
        return target
    cold = machine.heaters.hotends[machine.tool].reading < machine.min_extrude
    forbidden = cold and not machine.cold_extrusion
    if forbidden:
        machine.say("echo: cold extrusion prevented")
    if abs(length) > LONGEST_EXTRUSION:
        machine.say("echo: too long extrusion prevented")
        forbidden = True
    if forbidden:
        # The position counts as reached, only the filament does not move.
        planner.position = [*planner.position[:3], target[3]]
    else:
        machine.filament_mm += length * machine.settings.steps[3] / machine.variant.e_steps
    return target


def blocking_move(machine: Machine, target: Position, feed: float) -> Steps:
    """A move the firmware makes itself, and waits for."""
    if target != machine.planner.position:
        machine.planner.add(list(target), feed, machine.now)
    yield from synchronize(machine)


def bounded(machine: Machine, target: Position) -> Position:
    """Clamped by the software endstops, on homed axes only."""
    if machine.soft_endstops:
        for axis, homed in enumerate(machine.homed):
            if homed:
                target[axis] = min(max(target[axis], 0.0), BED)
    return target


def destination(machine: Machine, command: Command) -> Position:
    """Where a move command wants to go; takes its feed rate over."""
    target = list(machine.planner.position)
    params, unit = command.params, machine.unit
    for axis, letter in enumerate(AXES):
        digits = params.get(letter)
        if digits:
            value = float(digits) * unit
            target[axis] = (
                target[axis] + value if machine.relative else (value - machine.shift[axis])
            )
    digits = params.get("E")
    if digits:
        value = float(digits) * unit
        target[3] = target[3] + value if machine.relative_e else value
    digits = params.get("F")
    if digits and (feed := float(digits)) > 0:
        machine.feed = feed * unit / 60
    return target


def linear(machine: Machine, command: Command) -> Steps | None:
    """G0, G1."""
    if machine.variant.homes_first and (axes := _not_homed(machine, command)):
        machine.say(f"echo:Home {axes} First")
        return None
    target = bounded(machine, destination(machine, command))
    return plan(machine, target, machine.feed * machine.feed_percent / 100)


def _not_homed(machine: Machine, command: Command) -> str:
    """The axes that a move names and nobody homed (homing_needed_error)."""
    homed = zip(AXES, machine.homed, strict=True)
    return "".join(axis for axis, known in homed if command.params.get(axis) and not known)


def dwell(machine: Machine, command: Command) -> Steps:
    """G4."""
    seconds = command.number("P", 0) / 1000
    if command.value("S") is not None:
        seconds = command.number("S", 0)
    yield from synchronize(machine)
    yield Wait(until=machine.now + max(seconds, 0.0))


def set_position(machine: Machine, command: Command) -> None:
    """G92."""
    position = list(machine.planner.position)
    for axis, letter in enumerate(AXES):
        value = command.value(letter)
        if value is not None:
            machine.shift[axis] = value * machine.unit - position[axis]
    extruded = command.value("E")
    if extruded is not None:
        machine.planner.position = [*position[:3], extruded * machine.unit]
    machine.report_position()


def finish_moves(machine: Machine, _command: Command) -> Steps:
    """M400."""
    yield from synchronize(machine)


def disable_steppers(machine: Machine, command: Command) -> Steps | None:
    """M18, M84; with S they only set the idle time."""
    return None if command.value("S") is not None else synchronize(machine)


def enable_steppers(machine: Machine, _command: Command) -> None:
    """M17."""
    machine.notify("No Move.")


COMMANDS = {
    "G0": Handler(linear),
    "G1": Handler(linear),
    "G4": Handler(dwell),
    "G92": Handler(set_position),
    "M17": Handler(enable_steppers),
    "M18": Handler(disable_steppers),
    "M84": Handler(disable_steppers),
    "M400": Handler(finish_moves),
    "M410": Handler(silent),  # has acted on its way into the ring or into the queue
    "M108": Handler(silent),
}
