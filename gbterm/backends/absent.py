"""No printer yet: what the console stands on until one was chosen."""

from __future__ import annotations

from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.errors import LinkError
from gbterm.model import Phase, PrinterState, StopReport


class NoPrinter(Backend):
    """Can do nothing, and says why whatever it is asked for: each raises `LinkError`."""

    name = "no printer"

    def __init__(self, why: str) -> None:
        super().__init__()
        self._state = PrinterState(phase=Phase.DISCONNECTED, reason=why)

    @property
    def capabilities(self) -> Capability:
        return Capability(0)

    async def connect(self) -> None:
        return

    async def close(self) -> None:
        return

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        raise self._refusal()

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        raise self._refusal()

    async def home(self, axes: str = "xyz") -> None:
        raise self._refusal()

    async def pause(self) -> None:
        raise self._refusal()

    async def resume(self) -> None:
        raise self._refusal()

    async def cancel(self) -> None:
        raise self._refusal()

    async def emergency_stop(self) -> StopReport:
        return StopReport(False, "This console has no printer yet, so it could stop none.")

    def _refusal(self) -> LinkError:
        return LinkError(self._state.reason)
