"""Moves, modes and tools."""

from __future__ import annotations

from math import atan2, ceil, cos, hypot, pi, sin

from gbterm.simulator.commands.table import FULL, Handler, silent
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from gbterm.simulator.planner import Position

AXES = "XYZ"
BED = 200.0  # each axis runs from 0 to this
LONGEST_EXTRUSION = 200.0  # EXTRUDE_MAXLENGTH
ARC_SEGMENT = 1.0  # MM_PER_ARC_SEGMENT
TRAVEL = 100.0  # mm/s of moves that the firmware makes itself
Z_TRAVEL = 5.0
TOOL_LIFT = 2.0


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
        relative = machine.relative or machine.relative_e
        target[3] = target[3] + value if relative else value
    digits = params.get("F")
    if digits and (feed := float(digits)) > 0:
        machine.feed = feed * unit / 60
    return target


def linear(machine: Machine, command: Command) -> Steps | None:
    """G0, G1."""
    target = bounded(machine, destination(machine, command))
    return plan(machine, target, machine.feed * machine.feed_percent / 100)


def arc(machine: Machine, command: Command) -> Steps | None:
    """G2, G3 in the XY plane with I, J or R."""
    start = list(machine.planner.position)
    target = bounded(machine, destination(machine, command))
    centre = _centre(command, start, target)
    if centre is None:
        machine.say("Error:G2/G3 bad parameters")
        return None
    return _arc_steps(machine, start, target, centre, command.name == "G2")


def _centre(command: Command, start: Position, target: Position) -> tuple[float, float] | None:
    if command.seen("R"):
        radius = command.number("R", 0)
        dx, dy = (target[0] - start[0]) / 2, (target[1] - start[1]) / 2
        half = hypot(dx, dy)
        if not radius or not half:
            return None
        side = -1 if (command.name == "G2") != (radius < 0) else 1
        height = max(radius * radius - half * half, 0.0) ** 0.5 * side / half
        return start[0] + dx - dy * height, start[1] + dy + dx * height
    if not (command.seen("I") or command.seen("J")):
        return None
    return start[0] + command.number("I", 0), start[1] + command.number("J", 0)


def _arc_steps(
    machine: Machine,
    start: Position,
    target: Position,
    centre: tuple[float, float],
    clockwise: bool,
) -> Steps:
    cx, cy = centre
    radius = hypot(start[0] - cx, start[1] - cy)
    first = atan2(start[1] - cy, start[0] - cx)
    angle = (atan2(target[1] - cy, target[0] - cx) - first) % (2 * pi)
    if clockwise:
        angle -= 2 * pi
    elif not angle:
        angle = 2 * pi
    # The command line is at most 95 characters, the arc is not: bound what one line may cost.
    segments = min(max(1, ceil(abs(angle) * radius / ARC_SEGMENT)), 10_000)
    feed = machine.feed * machine.feed_percent / 100
    for index in range(1, segments + 1):
        share = index / segments
        at = [a + share * (b - a) for a, b in zip(start, target, strict=True)]
        if index < segments:
            at[0] = cx + radius * cos(first + angle * share)
            at[1] = cy + radius * sin(first + angle * share)
        yield from plan(machine, at, feed) or ()


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
    "G0": Handler(linear),
    "G1": Handler(linear),
    "G2": Handler(arc),
    "G3": Handler(arc),
    "G4": Handler(dwell),
    "G20": Handler(inches, FULL),
    "G21": Handler(millimetres),
    "G90": Handler(absolute),
    "G91": Handler(relative),
    "G92": Handler(set_position),
    "M17": Handler(enable_steppers),
    "M18": Handler(disable_steppers),
    "M82": Handler(absolute_e),
    "M83": Handler(relative_e),
    "M84": Handler(disable_steppers),
    "M220": Handler(feed_percentage),
    "M221": Handler(flow_percentage),
    "M302": Handler(cold_extrusion),
    "M400": Handler(finish_moves),
    "M410": Handler(silent),  # has acted on its way into the ring or into the queue
    "M108": Handler(silent),
    "T0": Handler(change_tool),
    "T1": Handler(change_tool, FULL),
}
