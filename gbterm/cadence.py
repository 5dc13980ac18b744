"""How often a new state is shown: readings now and then, everything else at once."""

from __future__ import annotations

from dataclasses import replace

from gbterm.model import Position, PrinterState, Temperature


def lasting(state: PrinterState) -> PrinterState:
    """`state` without its readings: what in a print changes with every line and every second.

    Two states of which this is equal differ in nothing that somebody waits for.
    """
    job, position = state.job, state.position
    axes = (position.x, position.y, position.z, position.e)
    return replace(
        state,
        nozzles=tuple(_target(nozzle) for nozzle in state.nozzles),
        bed=_target(state.bed),
        chamber=state.chamber and _target(state.chamber),
        position=Position(*(None if axis is None else 0.0 for axis in axes)),
        job=job
        and replace(
            job, line=0, byte=0, command=0, elapsed_s=0, left_s=None, layer=None, resends=0
        ),
        stream=None,
        waiting_for="something" if state.waiting_for else "",
    )


def _target(heater: Temperature) -> Temperature:
    return replace(heater, current=None)
