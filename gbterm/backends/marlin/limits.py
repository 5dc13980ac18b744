"""What no client may exceed. Enforced in the printer process alone, so that nobody can lift it."""

from __future__ import annotations

from gbterm.config import Limits
from gbterm.errors import OutOfRange
from gbterm.model import PrinterState


def check_temperatures(
    limits: Limits, state: PrinterState, nozzles: dict[int, float], bed: float | None
) -> None:
    """Raise `OutOfRange` for a target in °C that the printer must not be given."""
    count = max(state.firmware.extruders, 1)
    for index, target in nozzles.items():
        if index >= count:
            raise OutOfRange(f"There is no nozzle {index + 1}: this printer has {count}.")
        _check(f"Nozzle {index + 1}", target, limits.nozzle_max)
    if bed is not None:
        _check("The bed", bed, limits.bed_max)


def _check(what: str, target: float, most: float) -> None:
    if not 0 <= target <= most:
        raise OutOfRange(f"{what} may be set from 0 to {most:g} °C, not to {target:g}.")


LEAST_MM_S = 0.01
MOST_MM = 10_000.0
"""No printer's axis is longer; a number past it is a mistake."""


def check_move(axes: dict[str, float]) -> None:
    """Raise `OutOfRange` for a distance or a place in mm that no printer can reach."""
    for axis, value in axes.items():
        if not abs(value) <= MOST_MM:
            raise OutOfRange(f"{axis.upper()} may be up to {MOST_MM:g} mm, not {value:g}.")


def check_rate(limits: Limits, rate_mm_s: float | None) -> None:
    """Raise `OutOfRange` for a feed rate in mm/s that the printer must not be given."""
    if rate_mm_s is not None and not LEAST_MM_S <= rate_mm_s <= limits.feed_max_mm_s:
        raise OutOfRange(
            f"The feed rate may be {LEAST_MM_S:g} to {limits.feed_max_mm_s:g} mm/s,"
            f" not {rate_mm_s:g}."
        )
