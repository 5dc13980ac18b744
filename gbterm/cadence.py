"""How often a new state is shown: readings now and then, everything else at once."""

from __future__ import annotations

from dataclasses import replace

from gbterm.model import Position, PrinterState, Temperature


class Budget:
    """`at_once` of something, and `a_second` of it after that."""

    def __init__(self, at_once: int, a_second: float) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._left, self._at = float(at_once), 0.0

    def takes(self, now: float) -> bool:
        """Whether there may be one more at `now`, by any clock that never goes back."""
        grown = self._left + max(0.0, now - self._at) * self._a_second
        self._left, self._at = min(self._at_once, grown), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


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
            job.without_left,
            line=0,
            byte=0,
            command=0,
            elapsed_s=0,
            pace=None,
            layer=None,
            resends=0,
        ),
        stream=None,
        waiting_for="something" if state.waiting_for else "",
    )


def _target(heater: Temperature) -> Temperature:
    return replace(heater, current=None)
