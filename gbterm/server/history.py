"""The temperatures of the last hour, for clients that draw them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gbterm import params
from gbterm.model import PrinterState, Temperature
from gbterm.opengb_shapes import number
from gbterm.params import Param
from gbterm.server.client import Client
from gbterm.server.table import Method, Table

KEPT_S = 3600
MOST = 600
"""Samples in an answer where nobody says how many; more than a terminal has columns."""
Pair = tuple[float | int | None, float | int | None]
"""What a heater is at and its target, in °C."""


@dataclass(frozen=True, slots=True)
class Sample:
    """All heaters at one moment; `at` is a Unix time in seconds."""

    at: float
    nozzles: tuple[Pair, ...]
    bed: Pair
    chamber: Pair | None


class TemperatureHistory:
    """Samples taken `every_s` seconds, of `KEPT_S` seconds at most."""

    def __init__(self, every_s: float) -> None:
        self._samples: deque[Sample] = deque(maxlen=int(KEPT_S / every_s))
        self.table: Table = {
            "get_temperature_history": Method(
                (Param("since", params.number, 0.0), Param("most", params.count, MOST)), self._get
            )
        }
        """Its methods by their names."""

    def take(self, state: PrinterState, at: float) -> None:
        """Remember what `state` says at the Unix time `at`."""
        chamber = _pair(state.chamber) if state.chamber is not None else None
        nozzles = tuple(map(_pair, state.nozzles))
        self._samples.append(Sample(at, nozzles, _pair(state.bed), chamber))

    def since(self, at: float, most: int) -> list[dict[str, Any]]:
        """The samples after the Unix time `at`, oldest first, thinned out to `most` of them."""
        samples = [sample for sample in self._samples if sample.at > at]
        step = -(-len(samples) // max(1, most)) or 1
        # Counted from the end, so that the newest is always among them.
        chosen = list(islice(reversed(samples), 0, None, step))
        return [
            {"at": round(s.at, 3), "nozzles": s.nozzles, "bed": s.bed, "chamber": s.chamber}
            for s in reversed(chosen)
        ]

    async def _get(self, _: Client, given: dict[str, Any]) -> Any:
        return {"samples": self.since(given["since"], given["most"])}


def _pair(heater: Temperature) -> Pair:
    return number(heater.current), number(heater.target)
