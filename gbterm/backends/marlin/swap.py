"""Changing filament for a board that can't: what is sent before and after somebody does it."""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.backends.marlin.audit import SoftEndstops
from gbterm.backends.marlin.outgoing import Outgoing

RETRACT_MM, UNLOAD_MM, PRIME_MM = 2.0, 100.0, 50.0
"""Marlin's own defaults for M600: at once, out of the nozzle, and until the new colour comes."""
QUICK, UNLOAD, PRIME = "F2400", "F600", "F180"
TRAVEL, LIFT = "F6000", "F600"
LIFT_MM, FROM_EDGE_MM = 20.0, 10.0


@dataclass(frozen=True, slots=True)
class Swap:
    """Commands that take the head aside and unload, and those that prime and bring it back."""

    leaving: tuple[str, ...] = ()
    returning: tuple[str, ...] = ()
    stands_mm: tuple[float, ...] = ()
    """Z of the nozzle before, and aside."""


def plan(last: Outgoing | None, e: float | None, limits: SoftEndstops | None) -> Swap:
    """The change after the file's command `last`, with the extruder at `e` mm.

    Nothing moves where it isn't known to where the head had to come back: it could not find home.
    """
    if last is None or last.leads_to is None or last.modes is None:
        return Swap()
    x, y, z, exact_e = last.leads_to
    if x is None or y is None or z is None:
        return Swap()
    e = exact_e.value if exact_e is not None else e
    aside, top = _aside(limits), _top(z.value, limits)
    leaving = (
        *("G21", "G90", "M83", f"G1 E-{RETRACT_MM:g} {QUICK}"),
        f"G1 Z{top:.3f} {LIFT}",
        *aside,
        *(f"G1 E-{UNLOAD_MM:g} {UNLOAD}", "M400"),
    )
    returning = (
        *("G21", "G90", "M83", f"G1 E{PRIME_MM:g} {PRIME}"),
        *((f"G1 X{x.value:.3f} Y{y.value:.3f} {TRAVEL}",) if aside else ()),
        f"G1 Z{z.value:.3f} {LIFT}",
        # What was pushed meanwhile must not be pulled back by the file's next E.
        *(() if e is None else (f"G92 E{e:.5f}",)),
        *last.modes.commands,
    )
    return Swap(leaving, returning, (z.value, top))


def _top(z: float, limits: SoftEndstops | None) -> float:
    top = z + LIFT_MM
    return top if limits is None else max(z, min(top, limits[2][1]))


def _aside(limits: SoftEndstops | None) -> tuple[str, ...]:
    """Where Marlin parks by default; nowhere on a delta, whose corners are outside its reach."""
    if limits is None or limits[0][0] == -limits[0][1]:
        return ()
    x, y = limits[0][0] + FROM_EDGE_MM, limits[1][1] - FROM_EDGE_MM
    return (f"G1 X{x:.3f} Y{y:.3f} {TRAVEL}",)
