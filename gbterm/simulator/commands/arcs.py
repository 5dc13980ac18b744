"""G2 and G3: arcs, as short straight moves."""

from __future__ import annotations

from math import atan2, ceil, cos, hypot, pi, sin

from gbterm.simulator.commands.motion import bounded, destination, plan
from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps
from gbterm.simulator.planner import Position

ARC_SEGMENT = 1.0  # MM_PER_ARC_SEGMENT


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


COMMANDS = {"G2": Handler(arc), "G3": Handler(arc)}
