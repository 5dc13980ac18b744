"""All heaters off, as far as a printer has them."""

from __future__ import annotations

import contextlib

from gbterm.backends.base import Backend
from gbterm.connection import Machine
from gbterm.errors import NotSupported, WrongState


class Cooling(Backend):
    """Asks for each heater, for one that isn't there must not keep the others hot."""

    async def turn_heaters_off(self) -> None:
        """Set every target to 0. Raises what `set_temperature` raises for the nozzles."""
        known = self.machine or Machine(nozzles=len(self.state.nozzles))
        await self.set_temperature(nozzles=dict.fromkeys(range(known.nozzles), 0.0))
        for heater in ("bed", "chamber"):
            # Whether it has one is what the readings tell.
            with contextlib.suppress(NotSupported, WrongState):
                await self.set_temperature(**{heater: 0.0})  # type: ignore[arg-type]
