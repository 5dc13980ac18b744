"""The heaters that have targets, and the commands that heat them again as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gbterm.events import TemperaturesReported
from gbterm.model import PrinterState, Temperature

COOLED = 5.0
"""So many °C below its target a heater is waited for."""


@dataclass(frozen=True, slots=True)
class Heater:
    """One, as people call it, with the commands that set it and that wait until it is warm."""

    name: str
    sets: str
    waits: str
    is_nozzle: bool = False


BED, CHAMBER = Heater("the bed", "M140", "M190"), Heater("the chamber", "M141", "M191")
Targets = Mapping[Heater, float]
"""In °C, of heaters that are on."""


def readings(state: PrinterState) -> dict[Heater, Temperature]:
    """What is known of each heater, in the order in which people name them."""
    several = len(state.nozzles) > 1
    found = {}
    for index, nozzle in enumerate(state.nozzles):
        name = f"nozzle {index + 1}" if several else "the nozzle"
        found[Heater(name, f"M104 T{index}", f"M109 T{index}", is_nozzle=True)] = nozzle
    found[BED] = state.bed
    if state.chamber is not None:
        found[CHAMBER] = state.chamber
    return found


def told(report: TemperaturesReported, state: PrinterState) -> dict[Heater, Temperature]:
    """What is known, by `report`, of each heater that it named."""
    named = readings(state)
    if report.bed is None:
        del named[BED]
    if report.chamber is None:
        named.pop(CHAMBER, None)
    nozzles = [heater for heater in named if heater.is_nozzle]
    for index, heater in enumerate(nozzles):
        if index not in report.nozzles:
            del named[heater]
    return named


def heated(state: PrinterState) -> Targets:
    """The heaters with a target."""
    return {heater: now.target for heater, now in readings(state).items() if now.target}


def heating(targets: Targets, state: PrinterState) -> tuple[str, ...]:
    """What has one of `targets` and was turned off is heated again, and all that is too cold is
    waited for, the bed first, so that no nozzle oozes meanwhile.

    A target that somebody changed since stays. A chamber is not waited for: many never come to
    their target.
    """
    on = heated(state)
    wanted = {
        heater: target
        for heater, now in readings(state).items()
        if (target := on.get(heater) or targets.get(heater))
        and (heater not in on or _is_cold(now, target))
    }
    nozzles = {heater: target for heater, target in wanted.items() if heater.is_nozzle}
    return (
        *(
            f"M141 S{target:g}"
            for heater, target in wanted.items()
            if heater == CHAMBER and heater not in on
        ),
        *(f"M190 S{target:g}" for heater, target in wanted.items() if heater == BED),
        *(f"{heater.sets} S{target:g}" for heater, target in nozzles.items()),
        *(f"{heater.waits} S{target:g}" for heater, target in nozzles.items()),
    )


def _is_cold(now: Temperature, target: float) -> bool:
    return now.current is not None and now.current < target - COOLED
