"""`gbterm xcancel`: the job ends, the heaters stay as they were."""

from __future__ import annotations

from gbterm.backends.base import Backend
from gbterm.cli.verbs.until import is_over, until
from gbterm.errors import GbtermError, LinkError, PrinterError
from gbterm.model import Phase, PrinterState, Temperature

HOT_C = 50.0
"""Whoever touches it is burnt."""


async def cancel_and_keep(backend: Backend) -> None:
    """Cancel the job, set the targets from before again, then home.

    Each server turns the heaters off as it cancels, so they are set only once that is through.
    Raises what the steps raise, with what is hot.
    """
    before = backend.state
    await backend.cancel()
    try:
        now = await until(backend, is_over)
        if now.phase is Phase.ERROR:
            raise PrinterError(now.reason or "The printer reports an error.")
        if now.phase is not Phase.READY:
            raise LinkError(now.reason or "The printer was lost.")
        await _set_again(backend, before)
        await backend.home()
    except GbtermError as error:
        hot = f"The print is cancelled; {_hot(backend.state)}."
        raise type(error)(f"{error} {hot}") from error


async def _set_again(backend: Backend, before: PrinterState) -> None:
    nozzles = {index: nozzle.target for index, nozzle in enumerate(before.nozzles) if nozzle.target}
    bed = before.bed.target or None
    chamber = (before.chamber.target or None) if before.chamber else None
    if nozzles or bed or chamber:
        await backend.set_temperature(nozzles=nozzles or None, bed=bed, chamber=chamber)


def _hot(state: PrinterState) -> str:
    """What is hot or heating, in words."""
    heaters = [
        *((f"nozzle {number}", nozzle) for number, nozzle in enumerate(state.nozzles, 1)),
        ("the bed", state.bed),
        *([("the chamber", state.chamber)] if state.chamber else []),
    ]
    hot = [_told(name, heater) for name, heater in heaters if _is_hot(heater)]
    return f"hot are {', '.join(hot)}" if hot else "nothing is known to be hot"


def _is_hot(heater: Temperature) -> bool:
    return bool(heater.target) or (heater.current or 0.0) >= HOT_C


def _told(name: str, heater: Temperature) -> str:
    current = "" if heater.current is None else f" at {heater.current:.0f} C"
    return f"{name}{current} (target {heater.target or 0:.0f} C)"
