"""Temperatures by the names that OctoPrint has for heaters, for who follows them."""

from __future__ import annotations

from collections.abc import Iterator

from gbterm.model import PrinterState, Temperature


def heaters(state: PrinterState) -> Iterator[tuple[str, Temperature]]:
    """`tool0` …, `bed`, and `chamber` where one was read."""
    for index, nozzle in enumerate(state.nozzles):
        yield f"tool{index}", nozzle
    yield "bed", state.bed
    if state.chamber is not None and state.chamber.current is not None:
        yield "chamber", state.chamber


def as_data(heater: Temperature) -> dict[str, float | None]:
    """In °C; null where nobody knows, or where there is no target."""
    return {"actual": heater.current, "target": heater.target}
