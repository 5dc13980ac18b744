"""What no client may exceed. Enforced in the printer process alone, so that nobody can lift it."""

from __future__ import annotations

from gbterm.config import Limits
from gbterm.errors import FileRefused, OutOfRange
from gbterm.gcode import heat
from gbterm.gcode.check import FileReport
from gbterm.model import PrinterState
from gbterm.orders import LEAST_PERCENT, MOST_MM, MOST_PERCENT
from gbterm.text import scrub

FANS = 3
"""OpenGB's fans are 0 to 2."""
LONGEST_EXTRUSION_MM = 200.0
"""`EXTRUDE_MAXLENGTH`: Marlin leaves out what is longer, and says so in passing only."""


def check_temperatures(
    limits: Limits, state: PrinterState, nozzles: dict[int, float], bed: float | None
) -> None:
    """Raise `OutOfRange` for a target in °C that the printer must not be given."""
    for index, target in nozzles.items():
        check_nozzle(state, index)
        _check(f"Nozzle {index + 1}", target, limits.nozzle_max)
    if bed is not None:
        _check("The bed", bed, limits.bed_max)


def check_nozzle(state: PrinterState, index: int) -> None:
    """Raise `OutOfRange` for a nozzle, by index from 0, that the printer hasn't got."""
    check_nozzle_of(max(state.firmware.extruders, 1), index)


def check_nozzle_of(count: int, index: int) -> None:
    """The same for a printer with `count` nozzles."""
    if not 0 <= index < count:
        raise OutOfRange(f"There is no nozzle {index + 1}: this printer has {count}.")


def check_override(what: str, percent: float) -> None:
    """Raise `OutOfRange` for a flow or a speed in percent that makes no sense."""
    if not LEAST_PERCENT <= percent <= MOST_PERCENT:
        raise OutOfRange(
            f"The {what} may be {LEAST_PERCENT:g} to {MOST_PERCENT:g} %, not {percent:g}."
        )


def check_fan(fan: int, percent: float) -> None:
    """Raise `OutOfRange` for a fan that there is not, or a speed in percent that it hasn't got."""
    if not 0 <= fan < FANS:
        raise OutOfRange(f"There is no fan {fan}: they are numbered 0 to {FANS - 1}.")
    if not 0 <= percent <= 100:
        raise OutOfRange(f"A fan may be set from 0 to 100 %, not to {percent:g}.")


def check_babystep(z_mm: float, so_far_mm: float) -> None:
    """Raise `OutOfRange` for a babystep that no first layer is wrong by."""
    if not 0 < abs(z_mm) <= LONGEST_BABYSTEP_MM:
        raise OutOfRange(
            f"A babystep may be up to {LONGEST_BABYSTEP_MM:g} mm up or down, and not 0: not"
            f" {z_mm:g}."
        )
    # A file may have gone further, and the way back is never refused.
    if abs(so_far_mm + z_mm) > max(BABYSTEPS_MM, abs(so_far_mm)):
        raise OutOfRange(
            f"The nozzle is {so_far_mm:+g} mm off by babysteps, and may be {BABYSTEPS_MM:g} mm at"
            " most: level the bed, or set the probe's offset."
        )


def check_extrusion(length_mm: float) -> None:
    """Raise `OutOfRange` for a length of filament that the board would not move at once."""
    if not abs(length_mm) <= LONGEST_EXTRUSION_MM:
        raise OutOfRange(
            f"Filament is moved by {LONGEST_EXTRUSION_MM:g} mm at most, not by"
            f" {abs(length_mm):g}: ask for less, more often."
        )


def check_has_chamber(state: PrinterState) -> None:
    """Raise `OutOfRange` where the printer tells of no chamber."""
    if state.chamber is None:
        raise OutOfRange("This printer has no heated chamber.")


def check_chamber(limits: Limits, target: float) -> None:
    """Raise `OutOfRange` for a target in °C that the chamber must not be given."""
    _check("The chamber", target, limits.chamber_max)


def _check(what: str, target: float, most: float) -> None:
    if not 0 <= target <= most:
        raise OutOfRange(f"{what} may be set from 0 to {most:g} °C, not to {target:g}.")


def check_file(allowed: Limits, state: PrinterState, name: str, report: FileReport) -> None:
    """Raise `FileRefused` for a file that heats further than the printer may be heated: in
    mid-print nothing could be done about it but to end the print."""
    most = {heat.NOZZLE: allowed.nozzle_max, heat.BED: allowed.bed_max}
    if state.chamber is not None:
        most[heat.CHAMBER] = allowed.chamber_max
    for heater, limit in most.items():
        hottest = report.hottest.get(heater)
        if hottest is not None and hottest.target > limit:
            raise FileRefused(
                f"{scrub(name, 60)} can't be printed: line {hottest.line}, {hottest.text!r}, heats"
                f" the {heater} beyond its limit of {limit:g} °C. Slice it cooler; or, if the"
                f" printer can bear that, raise its {heater}_max in the configuration, and start"
                " its host again."
            )


LONGEST_BABYSTEP_MM, BABYSTEPS_MM = 0.5, 2.0
LEAST_MM_S = 0.01


def check_move(axes: dict[str, float]) -> None:
    """Raise `OutOfRange` for a distance or a place in mm that no printer can reach."""
    for axis, value in axes.items():
        if not abs(value) <= MOST_MM:
            raise OutOfRange(f"{axis.upper()} may be up to {MOST_MM:g} mm, not {value:g}.")


def check_height(z_mm: float | None, most: float = MOST_MM) -> None:
    """Raise `OutOfRange` for a height in mm that no nozzle has above its bed."""
    if z_mm is not None and not 0 < z_mm <= most:
        raise OutOfRange(f"The height must be above 0, up to {most:g} mm, not {z_mm:g}.")


def check_rate(limits: Limits, rate_mm_s: float | None) -> None:
    """Raise `OutOfRange` for a feed rate in mm/s that the printer must not be given."""
    if rate_mm_s is not None and not LEAST_MM_S <= rate_mm_s <= limits.feed_max_mm_s:
        raise OutOfRange(
            f"The feed rate may be {LEAST_MM_S:g} to {limits.feed_max_mm_s:g} mm/s,"
            f" not {rate_mm_s:g}."
        )
