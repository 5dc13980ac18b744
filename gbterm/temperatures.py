"""What every heater was at in the last hour, for charts and trends."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from gbterm.model import Phase, PrinterState, Temperature

KEPT_S = 3600.0
EVERY_S = 2.0
"""Finer than any chart of a terminal."""
TREND_S = 20.0
LEAST_S = 4.0
"""In less than that a reading that wavers looks like a trend."""


def heaters(state: PrinterState) -> dict[str, Temperature]:
    """Every heater by its name on the wire: `nozzle1`, …, `bed`, and `chamber` if there is one."""
    named = {f"nozzle{number}": nozzle for number, nozzle in enumerate(state.nozzles, 1)}
    named["bed"] = state.bed
    if state.chamber is not None:
        named["chamber"] = state.chamber
    return named


def spoken(heater: str, *, begins: bool = True) -> str:
    """A heater by its name on the wire, as a sentence begins with it: `Nozzle 1`, `The bed`."""
    number = heater.removeprefix("nozzle")
    name = f"nozzle {number}" if number != heater else f"the {heater}"
    return name[:1].upper() + name[1:] if begins else name


@dataclass(frozen=True, slots=True)
class Sample:
    """All heaters from `at` on, in seconds of whichever clock, until the next sample.

    None of them while the printer is out of reach.
    """

    at: float
    heaters: dict[str, Temperature]


class Temperatures:
    """The samples of `KEPT_S` seconds, one in `EVERY_S` at most, and always the latest."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()

    def take(self, state: PrinterState, at: float) -> None:
        """Remember what `state` says; `at` never goes back."""
        is_lost = state.phase in (Phase.DISCONNECTED, Phase.CONNECTING)
        samples, now = self._samples, {} if is_lost else heaters(state)
        if samples and samples[-1].heaters == now:
            return
        if len(samples) > 1 and samples[-1].at - samples[-2].at < EVERY_S:
            samples.pop()
        samples.append(Sample(at, now))
        while len(samples) > 1 and samples[1].at <= at - KEPT_S:
            samples.popleft()

    def lose(self, at: float) -> None:
        """Know nothing from `at` on, until something is taken again."""
        if self._samples and self._samples[-1].heaters:
            self._samples.append(Sample(at, {}))

    def recall(self, samples: Sequence[Sample], now: float) -> None:
        """Add what somebody else remembers, by another clock; its latest sample is of `now`."""
        if not samples:
            return
        mine, behind = self._samples, now - samples[-1].at
        began = mine[0].at if mine else now
        for sample in reversed(samples):
            if now - KEPT_S < (at := sample.at + behind) < began:
                mine.appendleft(Sample(at, sample.heaters))

    def since(self, at: float) -> list[Sample]:
        """The samples that tell of the time from `at` on, oldest first."""
        samples = list(self._samples)
        return samples[max(0, bisect_right(samples, at, key=lambda s: s.at) - 1) :]

    def trend(self, heater: str, now: float) -> float | None:
        """By how many °C a minute `heater` rises; None where that is not known (yet).

        What it did for another target counts no more.
        """
        known: list[tuple[float, float]] = []
        target: float | None = None
        for sample in self.since(now - TREND_S):
            reading = sample.heaters.get(heater)
            if reading is None or reading.current is None:
                continue
            if reading.target != target:
                target = reading.target
                known.clear()
            known.append((max(sample.at, now - TREND_S), reading.current))
        if not known or not self._samples[-1].heaters:
            return None
        (began, first), (_, last) = known[0], known[-1]
        return (last - first) / (now - began) * 60 if now - began >= LEAST_S else None
