"""M303: the relay tuning of temperature.cpp's PID_autotune()."""

from __future__ import annotations

import math

from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from gbterm.simulator.thermal import SAMPLE, Heater

MOST = 255  # PID_MAX and MAX_BED_POWER
LEAST_HALF = 5.0
OVERSHOOT = 30.0  # MAX_OVERSHOOT_PID_AUTOTUNE
SWING = 20 * 60.0  # MAX_CYCLE_TIME_PID_AUTOTUNE
REPORT = 2.0
FINISHED = (
    "PID Autotune finished! Put the last Kp, Ki and Kd constants from below into Configuration.h"
)


def tune(machine: Machine, command: Command) -> Steps | None:
    """M303 E, S, C and U."""
    index = int(command.number("E", 0))
    heaters = machine.heaters
    known = {i: heater for i, heater in enumerate(heaters.hotends)}
    if machine.variant.bed_pid:
        known[-1] = heaters.bed
    heater = known.get(index)
    if heater is None:
        machine.say("PID Autotune failed! Bad heater id")
        return None
    target = command.number("S", 70 if index < 0 else 150)
    if target > heater.limits.highest - heater.limits.overshoot:
        machine.say("PID Autotune failed! Temperature too high")
        return None
    machine.say("PID Autotune start")
    heaters.all_off()
    return _swing(machine, heater, target, int(command.number("C", 5)), uses=command.flag("U"))


def _swing(machine: Machine, heater: Heater, target: float, wanted: int, *, uses: bool) -> Steps:
    """Between full power and less: no line is read and nothing else is said meanwhile."""
    is_bed = heater is machine.heaters.bed
    bias = d = MOST >> 1
    heater.begin_tuning(target, bias, machine.now)
    heating, cycles, unended = True, 0, ""
    up = down = report_at = machine.now
    high_for = 0.0
    low, high = 10_000.0, 0.0
    gains = (0.0, 0.0, 0.0)
    machine.waiting_for_heat = True
    while machine.waiting_for_heat:
        now, reading = machine.now, heater.reading
        low, high = min(low, reading), max(high, reading)
        if heating and reading > target and now > up + LEAST_HALF:
            heating, down, high_for, high = False, now, now - up, target
            heater.driven = (bias - d) >> 1
        if not heating and reading < target and now > down + LEAST_HALF:
            heating, up, low_for = True, now, now - down
            if cycles > 0:
                bias += int(d * (high_for - low_for) / (low_for + high_for))
                bias = min(max(bias, 20), MOST - 20)
                d = MOST - 1 - bias if bias > MOST >> 1 else bias
                unended = f" bias: {bias} d: {d} min: {low:.2f} max: {high:.2f}"
                if cycles > 2:
                    ku, tu = 4 * d / (math.pi * (high - low) * 0.5), low_for + high_for
                    gains = _gains(ku, tu, is_bed=is_bed)
                    machine.say(f"{unended} Ku: {ku:.2f} Tu: {tu:.2f}")
                    machine.say(" No overshoot" if is_bed else " Classic PID ")
                    machine.say(" Kp: {:.2f} Ki: {:.2f} Kd: {:.2f}".format(*gains))
                    unended = ""
            heater.driven = (bias + d) >> 1
            cycles, low = cycles + 1, target
        if reading > target + OVERSHOOT:
            machine.say(f"{unended}PID Autotune failed! Temperature too high")
            break
        if now >= report_at:
            report_at = now + max(REPORT, machine.min_report_interval)
            # Without a result yet, the line of a swing has no end (temperature.cpp).
            machine.say(f"{unended} {machine.temperatures()}")
            unended = ""
        if now - min(up, down) > SWING:
            machine.say(f"{unended}PID Autotune failed! timeout")
            break
        if cycles > wanted and cycles > 2:
            machine.say(FINISHED)
            name = "bed" if is_bed else ""
            for letter, value in zip("pid", gains, strict=True):
                machine.say(f"#define DEFAULT_{name}K{letter} {value:.2f}")
            if uses:
                settings = machine.settings
                (settings.bed_pid if is_bed else settings.pid)[:] = gains
                machine.take(settings)
            break
        yield Wait(now + SAMPLE, done=lambda: not machine.waiting_for_heat, quiet=True)
    machine.waiting_for_heat = False
    machine.heaters.all_off()


def _gains(ku: float, tu: float, *, is_bed: bool) -> tuple[float, float, float]:
    p = ku * (0.2 if is_bed else 0.6)
    return p, p * 2 / tu, p * tu * (1 / 3 if is_bed else 1 / 8)


COMMANDS = {"M303": Handler(tune)}
