"""The tuning of a heater: it ends when a test says so."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.errors import NeedsConfirmation, OutOfRange, PrinterError, WrongState
from gbterm.model import Phase
from gbterm.pid_tuning import CYCLES, Gain, PidTuning
from tests.memory_backend.core import Core

GAINS = (
    Gain("M301 E0 P", "22.20"),
    Gain("M301 E0 I", "1.08"),
    Gain("M301 E0 D", "114.00"),
)
FOUND = {"P": "24.00", "I": "4.72", "D": "30.50"}


class Tuning(Core):
    """Nozzle 1, from 22.20, 1.08 and 114.00 to `FOUND`."""

    tuned = PidTuning()
    can_stop = True
    _tunes: asyncio.Event | None = None

    async def tune_pid(
        self, heater: str, target: float, cycles: int = CYCLES, *, confirmed: bool = False
    ) -> PidTuning:
        await self._called("tune_pid", Capability.PID)
        if self.state.phase is not Phase.READY:
            raise WrongState(f"{self.name} can't tune a heater now.")
        if target > 285:
            raise OutOfRange(f"Nozzle 1 may be tuned from 100 to 285 °C, not at {target:g}.")
        if not confirmed:
            raise NeedsConfirmation(f"It is heated to {target:g} °C. Tune it?")
        self.tuned = PidTuning(heater, target, cycles, "running", gains=GAINS)
        self._tunes = asyncio.Event()
        await self._tunes.wait()
        if self.tuned.state == "failed":
            raise PrinterError(self.tuned.why)
        return self.tuned

    def swing(self) -> None:
        """One more swing is over."""
        self.tuned = replace(self.tuned, swings=self.tuned.swings + 1)
        swing = f"swing {self.tuned.swings + 1} of {self.tuned.cycles}"
        self.report(events.WaitBegan(f"the tuning of nozzle 1, {swing}"))

    def end_tuning(self, state: str = "done", why: str = "") -> None:
        """It comes to its end."""
        found = self.tuned.with_found(FOUND if state == "done" else {})
        self.tuned = replace(found, state=state, why=why)
        self.report(events.WaitBegan(""))
        assert self._tunes is not None
        self._tunes.set()

    async def pid_tuning(self) -> PidTuning:
        await self._called("pid_tuning", Capability.PID)
        return self.tuned

    async def stop_tuning(self) -> PidTuning:
        await self._called("stop_tuning", Capability.PID)
        if not self.can_stop:
            raise WrongState("The board reads nothing meanwhile: it ends by itself.")
        if self.tuned.is_running:
            self.end_tuning("stopped")
        return self.tuned
