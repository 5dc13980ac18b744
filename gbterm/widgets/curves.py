"""The course of temperatures as points of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from gbterm.temperatures import Sample

Points = list[tuple[float, float]]
"""Minutes before now, from below 0, and °C; oldest first."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One heater: its readings in pieces without a gap, and its targets."""

    mark: str
    """The letter that stands for it."""
    pieces: tuple[Points, ...]
    targets: Points


def marks(heaters: Sequence[str]) -> dict[str, str]:
    """A letter for each heater by its name on the wire."""
    many = "nozzle2" in heaters
    return {
        heater: heater[-1] if many and heater[-1].isdecimal() else heater[0].upper()
        for heater in heaters
    }


def curves(
    samples: Sequence[Sample], marked: dict[str, str], now: float, span_s: float, columns: int
) -> tuple[Curve, ...]:
    """The last `span_s` seconds in twice as many points as there are `columns`.

    Time goes on a column at a time, so that what is drawn rests in between.
    """
    column_s = span_s / max(1, columns)
    end = ceil(now / column_s) * column_s
    dots = 2 * max(1, columns)
    times = [end - span_s + (i + 1) * span_s / dots for i in range(dots)]
    known = _known(samples, times)
    return tuple(
        Curve(
            mark,
            tuple(_pieces(heater, known, end)),
            [
                ((at - end) / 60, reading.target)
                for at, sample in known[::2]
                if (reading := sample.heaters.get(heater)) is not None and reading.target
            ],
        )
        for heater, mark in marked.items()
    )


def _known(samples: Sequence[Sample], times: Sequence[float]) -> list[tuple[float, Sample]]:
    """What was true at each of `times`, but for those before the first sample."""
    found, index = [], -1
    for at in times:
        while index + 1 < len(samples) and samples[index + 1].at <= at:
            index += 1
        if index >= 0:
            found.append((at, samples[index]))
    return found


def _pieces(heater: str, known: Sequence[tuple[float, Sample]], end: float) -> list[Points]:
    pieces: list[Points] = [[]]
    for at, sample in known:
        reading = sample.heaters.get(heater)
        if reading is None or reading.current is None:
            if pieces[-1]:
                pieces.append([])
        else:
            pieces[-1].append(((at - end) / 60, reading.current))
    return [piece for piece in pieces if piece]
