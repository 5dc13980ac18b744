"""Levelling the bed: M420, G29, G30, M421 and M851, as the builds with and without a probe do."""

from __future__ import annotations

import math

from gbterm.simulator.bed import Bed, height
from gbterm.simulator.commands.motion import TRAVEL, Z_TRAVEL, blocking_move, synchronize
from gbterm.simulator.commands.table import FULL, Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait

PROBE = 2.0  # seconds to touch the bed and come up again
CLEARANCE = 5.0
FARTHEST_OFFSET = 20.0  # Z_PROBE_OFFSET_RANGE


def levelling(machine: Machine, command: Command) -> None:
    """M420."""
    bed = machine.bed
    enables = command.flag("S", bed.is_active) if command.seen("S") else bed.is_active
    if command.seen("S") and not enables:
        bed.is_active = False
    if bed.kind == "ubl" and (command.seen("V") or command.seen("L")):
        machine.say(*bed.topography(csv=command.number("T", 0) == 1))
        machine.say(f"Mesh is {'' if bed.is_valid else 'in'}valid", f"Storage slot: {bed.slot}")
    if command.value("Z") is not None:
        machine.settings.fade_height = command.number("Z", 0)
    if bed.is_valid:
        if command.seen("V"):
            _show(machine)
        bed.is_active = enables
    elif enables or command.seen("V"):
        machine.say("echo:Invalid mesh.")
    if enables and not bed.is_active:
        machine.say("Error:Failed to enable Bed Leveling")
    _say_state(machine)


def _say_state(machine: Machine) -> None:
    fade = machine.settings.fade_height
    machine.say(
        f"echo:Bed Leveling {'ON' if machine.bed.is_active else 'OFF'}",
        f"echo:Fade Height {f'{fade:.2f}' if fade else 'OFF'}",
    )


def _show(machine: Machine) -> None:
    bed = machine.bed
    if bed.kind == "bilinear":
        machine.say("Bilinear Leveling Grid:", *bed.grid(3))
    elif bed.kind == "mbl":
        machine.say("Mesh Bed Level data:")
        _report_mbl(machine)


def _report_mbl(machine: Machine) -> None:
    bed = machine.bed
    machine.say(f"{bed.count}x{bed.count} mesh. Z offset: 0.00000", "Measured points:")
    machine.say(*bed.grid(5))


def measure(machine: Machine, command: Command) -> Steps | None:
    """G29."""
    kind = machine.bed.kind
    if kind == "mbl":
        return _measure_by_hand(machine, command)
    if kind == "ubl" and not command.seen("P"):
        _of_unified(machine, command)
        return None
    if not all(machine.homed):
        axes = "".join(a for a, homed in zip("XYZ", machine.homed, strict=True) if not homed)
        machine.say(f"echo:Home {axes} First")
        return None
    if kind == "ubl" and command.number("P", 0) == 3:
        machine.bed.fill()
        return None
    return _probe_all(machine, command)


def _of_unified(machine: Machine, command: Command) -> None:
    bed = machine.bed
    if command.seen("A"):
        bed.is_active = True
        machine.say("Unified Bed Leveling System v1.01 active.")
    elif command.seen("S"):
        bed.slot = int(command.number("S", bed.slot))
        if bed.slot < 0:
            machine.say("?Invalid storage slot.", "?Use 0 to 3")
        else:
            machine.say(f"Mesh saved in slot {bed.slot}")
    machine.say("UBL Complete" if bed.is_active else "")


def _probe_all(machine: Machine, command: Command) -> Steps:
    """Row by row, each other one backwards; levelling is off meanwhile."""
    bed, unified = machine.bed, machine.bed.kind == "ubl"
    machine.busy_state = "processing"
    yield from synchronize(machine)
    was_active, bed.is_active = bed.is_active, False
    if unified:
        bed.points = [[math.nan] * bed.count for _ in range(bed.count)]
    else:
        bed.forget()
        if command.number("V", 0) > 0:
            machine.say("G29 Auto Bed Leveling")
    total, number = bed.count**2, 0
    for row in range(bed.count):
        columns = range(bed.count)
        for column in columns if row % 2 == 0 else reversed(columns):
            number += 1
            if not bed.is_reached(column):
                continue
            if unified:
                machine.say("", f"Probing mesh point {number}/{total}.", "")
            elif command.number("V", 0) > 0:
                machine.say(f"Probing mesh point {number}/{total}.")
            machine.notify(f"Probing Point {number}/{total}")
            yield from _touch(machine, bed.place(column), bed.place(row))
            bed.measure(column, row)
    machine.reset_status()
    if unified:
        bed.is_active = was_active and bed.is_valid
        return
    machine.say("Bilinear Leveling Grid:", *bed.grid(3))
    bed.is_active = True
    machine.report_position()


def _touch(machine: Machine, x: float, y: float) -> Steps:
    e = machine.planner.position[3]
    z = max(machine.planner.position[2], CLEARANCE)
    yield from blocking_move(
        machine, [machine.planner.position[0], *[machine.planner.position[1]], z, e], Z_TRAVEL
    )
    yield from blocking_move(machine, [x, y, z, e], TRAVEL)
    yield Wait(until=machine.now + PROBE)


def _measure_by_hand(machine: Machine, command: Command) -> Steps | None:
    """MESH_BED_LEVELING: S0 tells, S1 begins, S2 takes the height of the nozzle and goes on."""
    bed, state = machine.bed, int(command.number("S", 0))
    if state == 0:
        if bed.is_valid:
            machine.say(f"Mesh Bed Leveling {'ON' if bed.is_active else 'OFF'}")
            _report_mbl(machine)
        else:
            machine.say("Mesh Bed Leveling has no data.")
        machine.report_position()
        return None
    if state == 5:
        bed.forget()
        machine.report_position()
        return None
    if state == 1:
        bed.forget()
        machine.bed_index = 0
        return _next_by_hand(machine)
    if state == 2:
        if machine.bed_index < 0:
            machine.say('Start mesh probing with "G29 S1" first.')
            return None
        return _next_by_hand(machine)
    machine.say("S out of range (0-5).")
    return None


def _next_by_hand(machine: Machine) -> Steps:
    bed, index = machine.bed, machine.bed_index
    total = bed.count**2
    position = machine.planner.position
    yield from synchronize(machine)
    if index == 0:
        yield from blocking_move(machine, [*position[:2], 0.0, position[3]], Z_TRAVEL)
    else:
        column, row = _zigzag(bed, index - 1)
        bed.points[column][row] = machine.planner.position[2] + machine.babystep
    if index < total:
        column, row = _zigzag(bed, index)
        machine.bed_index = index + 1
        x, y, z, e = machine.planner.position
        yield from blocking_move(machine, [x, y, z + CLEARANCE, e], Z_TRAVEL)
        yield from blocking_move(
            machine, [bed.place(column), bed.place(row), z + CLEARANCE, e], TRAVEL
        )
        yield from blocking_move(machine, [bed.place(column), bed.place(row), z, e], Z_TRAVEL)
        machine.say(f"MBL G29 point {machine.bed_index} of {total}")
    else:
        machine.bed_index = -1
        x, y, _, e = machine.planner.position
        yield from blocking_move(machine, [x, y, CLEARANCE, e], Z_TRAVEL)
        machine.say("Mesh probing done.")
        bed.has_mesh = bed.is_active = True
    machine.report_position()


def _zigzag(bed: Bed, index: int) -> tuple[int, int]:
    row, column = divmod(index, bed.count)
    return (bed.count - 1 - column if row % 2 else column), row


def probe_here(machine: Machine, command: Command) -> Steps | None:
    """G30."""
    if machine.bed.kind == "mbl":
        machine.say(f'echo:Unknown command: "{command.source}"')
        return None
    if not all(machine.homed):
        machine.say("echo:Home XYZ First")
        return None
    return _probe_one(machine, command)


def _probe_one(machine: Machine, command: Command) -> Steps:
    x = command.number("X", machine.planner.position[0])
    y = command.number("Y", machine.planner.position[1])
    yield from _touch(machine, x, y)
    machine.say(f"Bed X: {x:.2f} Y: {y:.2f} Z: {height(x, y):.2f}")
    machine.report_position()


def set_point(machine: Machine, command: Command) -> None:
    """M421: by its column and row, to a height or by one; N (UBL) forgets it."""
    bed = machine.bed
    column, row = int(command.number("I", -1)), int(command.number("J", -1))
    forgets = command.seen("N") and bed.kind == "ubl"
    new, by = command.value("Z"), command.value("Q")
    if not (0 <= column < bed.count and 0 <= row < bed.count):
        machine.say("Error:Mesh point out of range")
    elif not forgets and new is None and by is None:
        machine.say("Error:M421 incorrect parameter usage")
    elif forgets:
        bed.points[column][row] = math.nan
    else:
        bed.points[column][row] = new if new is not None else bed.points[column][row] + (by or 0)


def probe_offset(machine: Machine, command: Command) -> None:
    """M851: how far the probe is beside, and below, the nozzle."""
    if machine.bed.kind == "mbl":
        machine.say(f'echo:Unknown command: "{command.source}"')
        return
    offset = machine.settings.probe_offset
    if not any(command.seen(axis) for axis in "XYZ"):
        x, y, z = offset
        machine.say(f"  M851 X{x:.2f} Y{y:.2f} Z{z:.2f} ; (mm)")
        return
    z = command.number("Z", offset[2])
    if abs(z) > FARTHEST_OFFSET:
        machine.say("?Z out of range (-20 to 20)")
        return
    machine.settings.probe_offset = [
        command.number("X", offset[0]),
        command.number("Y", offset[1]),
        z,
    ]


COMMANDS = {
    "G29": Handler(measure, FULL),
    "G30": Handler(probe_here, FULL),
    "M420": Handler(levelling, FULL),
    "M421": Handler(set_point, FULL),
    "M851": Handler(probe_offset, FULL),
}
