"""Heaters and fans: setting targets and waiting for them."""

from __future__ import annotations

from gbterm.simulator.commands.motion import synchronize
from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from gbterm.simulator.thermal import SAMPLE, Heater

LOOP = 0.0003  # a turn of the waiting loop: the second is noticed that much late
RESIDENCY = 10.0  # TEMP_RESIDENCY_TIME
WINDOW = 1.0  # TEMP_WINDOW
HYSTERESIS = 3.0  # TEMP_HYSTERESIS
COOLING_STEP = 1.5  # MIN_COOLING_SLOPE_DEG within
COOLING_TIME = 60.0  # MIN_COOLING_SLOPE_TIME
AUTOSTART = 85.0  # a hotend target above half of EXTRUDE_MINTEMP counts as a print job
AUTOSTART_BED = 5.0  # BED_MINTEMP


def start_job(machine: Machine) -> None:
    """Start the job timer; clearing cancelled objects shows the status on the way."""
    if not machine.paused:
        machine.reset_status()
    machine.job.start(machine.now)


def _check_job(machine: Machine, *, may_start: bool) -> None:
    """PRINTJOB_TIMER_AUTOSTART: heaters start and stop the job timer."""
    heaters = machine.heaters
    hot = any(heater.target > AUTOSTART for heater in heaters.hotends)
    if hot or heaters.bed.target > AUTOSTART_BED:
        if may_start:
            start_job(machine)
    else:
        machine.job.halt(machine.now, pause=False)
        machine.reset_status()


def _chosen(machine: Machine, command: Command) -> int | None:
    given = command.value("T")
    tool = machine.extruder_from(given)
    if tool is None:
        machine.say(f"echo:{command.name} Invalid extruder {int(given or 0)}")
    return tool


def set_hotend(machine: Machine, command: Command) -> None:
    """M104."""
    tool = _chosen(machine, command)
    target = command.value("S")
    if tool is None or target is None:
        return
    machine.heaters.hotends[tool].set_target(target, machine.now)
    _check_job(machine, may_start=False)


def wait_hotend(machine: Machine, command: Command) -> Steps | None:
    """M109."""
    tool = _chosen(machine, command)
    if tool is None:
        return None
    target, only_up = _awaited(command)
    if target is None:
        return None
    heater = machine.heaters.hotends[tool]
    heater.set_target(target, machine.now)
    _check_job(machine, may_start=True)
    return _wait(machine, heater, only_up, tool)


def set_bed(machine: Machine, command: Command) -> None:
    """M140."""
    target = command.value("S")
    if target is None:
        return
    _aim_bed(machine, target)
    _check_job(machine, may_start=False)


def wait_bed(machine: Machine, command: Command) -> Steps | None:
    """M190."""
    target, only_up = _awaited(command)
    if target is None:
        return None
    _aim_bed(machine, target)
    _check_job(machine, may_start=True)
    return _wait(machine, machine.heaters.bed, only_up, machine.tool)


def _awaited(command: Command) -> tuple[float | None, bool]:
    """What M109 and M190 wait for, and whether only while it is colder: S, else R."""
    target = command.value("S")
    return (target, True) if target is not None else (command.value("R"), False)


def _aim_bed(machine: Machine, target: float) -> None:
    bed = machine.heaters.bed
    bed.set_target(target, machine.now)
    machine.notify("Bed Heating..." if bed.target > bed.reading else "Bed Cooling...")


def _wait(machine: Machine, heater: Heater, only_up: bool, tool: int) -> Steps:
    """Report every second until the target was held for RESIDENCY (temperature.cpp)."""
    target: float | None = None
    cooling, first = False, True
    resident: float | None = None
    report_at = check_at = 0.0
    before = 9999.0
    machine.waiting_for_heat = True
    while True:
        if heater.target != target:
            target, cooling = heater.target, heater.target < heater.reading
            if only_up and cooling:
                break
        now = machine.now
        if now >= report_at:
            report_at = now + max(1.0, machine.min_report_interval) + LOOP
            left = "?" if resident is None else str(int(RESIDENCY - (now - resident)))
            machine.say(f" {machine.temperatures(tool)} W:{left}")
        yield Wait(
            until=min(report_at, machine.now + SAMPLE / 4),
            done=lambda: not machine.waiting_for_heat,
        )
        apart = abs(target - heater.reading)
        if resident is None:
            if apart < WINDOW:
                resident = now + (RESIDENCY / 3 if first else 0.0)
        elif apart > HYSTERESIS:
            resident = now
        first = False
        if cooling and now >= check_at:
            if before - heater.reading < COOLING_STEP:
                break
            check_at = now + COOLING_TIME
            before = heater.reading
        if not machine.waiting_for_heat:
            return
        if resident is not None and machine.now >= resident + RESIDENCY:
            break
    machine.waiting_for_heat = False
    machine.reset_status()


def set_fan(machine: Machine, command: Command) -> None:
    """M106."""
    index = int(command.number("P", 0))
    if 0 <= index < len(machine.fans):
        machine.fans[index] = int(min(max(command.number("S", 255), 0), 255))
        _say_fan(machine, index)


def stop_fan(machine: Machine, command: Command) -> None:
    """M107."""
    index = int(command.number("P", 0))
    if 0 <= index < len(machine.fans):
        machine.fans[index] = 0
        _say_fan(machine, index)


def _say_fan(machine: Machine, index: int) -> None:
    machine.say(f"M106 P{index} S{machine.fans[index]}")


def power_off(machine: Machine, _command: Command) -> Steps:
    """M81: heaters and fans off, a second later the message."""
    machine.heaters.all_off()
    machine.job.halt(machine.now, pause=False)
    for index in range(len(machine.fans)):
        machine.fans[index] = 0
        _say_fan(machine, index)
    yield from synchronize(machine)
    yield Wait(until=machine.now + 1.0, quiet=True)
    machine.notify(f"{machine.variant.machine} OFF.")


COMMANDS = {
    "M81": Handler(power_off),
    "M104": Handler(set_hotend),
    "M106": Handler(set_fan),
    "M107": Handler(stop_fan),
    "M109": Handler(wait_hotend),
    "M140": Handler(set_bed),
    "M190": Handler(wait_bed),
}
