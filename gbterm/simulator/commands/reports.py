"""Questions: temperatures, positions, firmware, endstops; and the link itself."""

from __future__ import annotations

from gbterm.simulator import texts
from gbterm.simulator.commands.motion import BED
from gbterm.simulator.commands.table import FULL, Handler, silent
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine


def temperatures(machine: Machine, command: Command) -> None:
    """M105: its answer is its ok, without line number and buffer counts."""
    tool = machine.extruder_from(command.value("T"))
    if tool is None:
        machine.say(f"echo:M105 Invalid extruder {command.number('T', 0):.0f}")
        return
    command.answered = True
    machine.say(f"ok {machine.temperatures(tool)}")


def line_number(machine: Machine, command: Command) -> None:
    """M110: sets the last line number when it is executed."""
    number = command.value("N")
    if number is not None:
        machine.last_number = int(number)


def emergency_stop(machine: Machine, _command: Command) -> None:
    """M112, where it gets this far."""
    if not machine.variant.emergency_parser:
        machine.kill("M112 Shutdown")


def keepalive(machine: Machine, command: Command) -> None:
    """M113."""
    seconds = command.value("S")
    if seconds is not None:
        machine.keepalive = min(max(seconds, 0.0), 60.0)
    else:
        machine.say(f"echo:M113 S{machine.keepalive:.0f}")


def position(machine: Machine, command: Command) -> None:
    """M114."""
    machine.report_position(actual=command.seen("R"))
    if command.seen("D"):
        _position_detail(machine)


def _xyze(values: list[float], letters: str) -> str:
    return " ".join(
        f"{letter}:{' ' if value >= 0 else ''}{value:.3f}"
        for letter, value in zip(letters, values, strict=False)
    )


def _position_detail(machine: Machine) -> None:
    planned = machine.planner.position
    actual = machine.planner.where(machine.now)
    logical = [value + shift for value, shift in zip(planned, machine.shift, strict=False)]
    counts = [round(a * b) for a, b in zip(actual, machine.settings.steps, strict=True)]
    behind = [a - b for a, b in zip(actual, planned, strict=True)]
    machine.say(
        "",
        f"Logical: {_xyze(logical, 'XYZ')}",
        f"Raw:     {_xyze(planned, 'XYZ')}",
        f"Leveled: {_xyze(planned, 'XYZ')}",
        f"UnLevel: {_xyze(planned, 'XYZ')}",
        "Stepper: " + " ".join(f"{a}:{n}" for a, n in zip("XYZE", counts, strict=True)),
        f"FromStp: {_xyze(actual, 'XYZE')}",
        f"Diff:    {_xyze(behind, 'XYZE')}",
    )


def firmware(machine: Machine, _command: Command) -> None:
    """M115."""
    machine.say(*texts.firmware_info(machine.variant))


def endstops(machine: Machine, _command: Command) -> None:
    """M119."""
    machine.say("Reporting endstop status", "x_min: open", "y_min: open", "z_min: open")


def report_positions(machine: Machine, command: Command) -> None:
    """M154."""
    seconds = command.value("S")
    if seconds is not None:
        machine.position_reports.set(max(seconds, 0.0), machine.now)


def report_temperatures(machine: Machine, command: Command) -> None:
    """M155."""
    seconds = command.value("S")
    if seconds is not None:
        machine.temperature_reports.set(max(seconds, 0.0), machine.now)


def soft_endstops(machine: Machine, command: Command) -> None:
    """M211."""
    if command.seen("S"):
        machine.soft_endstops = command.flag("S")
    state = "ON " if machine.soft_endstops else "OFF"
    lowest, highest = (
        " ".join(f"{a}{limit + by:.2f}" for a, by in zip("XYZ", machine.shift, strict=True))
        for limit in (0.0, BED)
    )
    machine.say(f"echo:Soft endstops: {state} Min:  {lowest}   Max:  {highest}")


def babystep(machine: Machine, command: Command) -> None:
    """M290: steps the motors past the planner, where Z is homed; else nothing, in silence."""
    offset, step = machine.settings.probe_offset, command.number("Z", command.number("S", 0))
    if machine.variant.offset_by_babysteps:
        if step and command.flag("P", True):
            offset[2] += min(max(step, -2.0), 2.0)
            machine.say(f"echo:Probe Offset Z{offset[2]:.2f}")
        elif not step:
            machine.say(f"echo:Probe Offset Z{offset[2]:.2f}")
    elif not any(command.seen(letter) for letter in "XYZSP"):
        machine.say("echo:MBL Adjust Z0.00")
    if machine.homed[2]:
        machine.babystep += min(max(step, -2.0), 2.0)


def restart(machine: Machine, command: Command) -> None:
    """M999: goes on after a stop and asks for the next line; S1 keeps what was sent."""
    if not command.flag("S"):
        machine.request_resend()


COMMANDS = {
    "M105": Handler(temperatures),
    "M110": Handler(line_number),
    "M111": Handler(silent),
    "M112": Handler(emergency_stop),
    "M113": Handler(keepalive),
    "M114": Handler(position),
    "M115": Handler(firmware),
    "M119": Handler(endstops),
    "M154": Handler(report_positions, FULL),
    "M155": Handler(report_temperatures),
    "M211": Handler(soft_endstops),
    "M290": Handler(babystep),
    "M999": Handler(restart),
}
