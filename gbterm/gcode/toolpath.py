"""What one layer of a file draws, seen from above: read from where the layer begins, and no more.

Positions are those that the file gives, so a G92 or a homing moves nothing and ends a path.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from gbterm.gcode.follow import Follower, Point, State
from gbterm.gcode.layers import Layer
from gbterm.gcode.lines import read_lines

MOST_BYTES, MOST_POINTS = 4 << 20, 100_000
"""Of a layer that are looked at; a real one has a tenth of it."""
FARTHEST_MM = 1e5
CHORD_MM = 0.02
"""So far from an arc may its chords be."""
MOST_CHORDS = 720

Flat = Point | tuple[float, float]
Spot = tuple[int, int]
"""X and Y in hundredths of a mm."""


@dataclass(slots=True)
class Path:
    """Moves without a gap that all extrude, or all travel."""

    extrudes: bool
    tool: int
    spots: list[Spot] = field(default_factory=list)


def read_layer(file: BinaryIO, layer: Layer) -> tuple[list[Path], bool]:
    """The paths of a layer of the open `file`; whether it was too large to be read to its end."""
    file.seek(layer.offset)
    tracer = _Tracer(layer.start)
    for line in read_lines(_Part(file, min(layer.size, MOST_BYTES))):
        tracer.see(line)
        if tracer.spots > MOST_POINTS:
            return tracer.paths, True
    return tracer.paths, layer.size > MOST_BYTES


class _Part:
    """The next bytes of a file, and no more."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int, /) -> bytes:
        chunk = self._file.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk


class _Tracer(Follower):
    def __init__(self, start: State) -> None:
        super().__init__(start)
        self.paths: list[Path] = []
        self.spots = 0
        self._bend: tuple[dict[bytes, float], bool] | None = None

    def _arc(self, words: dict[bytes, bytes], clockwise: bool) -> None:
        sizes = {
            axis: float(words[axis]) * self._unit for axis in (b"I", b"J", b"R") & words.keys()
        }
        self._bend = sizes, clockwise
        super()._arc(words, clockwise)

    def _moved(self, before: Point, _fed: float, prints: bool) -> None:
        bend, self._bend = self._bend, None
        after = self._at
        if bend is None:
            if before != after:
                self._draw(before, (after,), prints)
        else:
            self._draw(before, (*_chords(before, after, *bend), after), prints)

    def _draw(self, before: Point, points: Iterable[Flat], extrudes: bool) -> None:
        start = _spot(before)
        spots = list(map(_spot, points))
        path = self.paths[-1] if self.paths else None
        if all(spot == start for spot in spots):
            return
        same = path and path.extrudes == extrudes and path.tool == self._tool
        if path is None or not same or path.spots[-1] != start:
            path = Path(extrudes, self._tool, [start])
            self.paths.append(path)
            self.spots += 1
        for spot in spots:
            if spot != path.spots[-1]:
                path.spots.append(spot)
                self.spots += 1


def _spot(point: Flat) -> Spot:
    return _hundredths(point[0]), _hundredths(point[1])


def _hundredths(mm: float) -> int:
    return round(max(-FARTHEST_MM, min(FARTHEST_MM, mm)) * 100)


def _chords(
    start: Point, end: Point, sizes: dict[bytes, float], clockwise: bool
) -> Iterator[tuple[float, float]]:
    """The points of an arc between its ends, as Marlin's G2 and G3 define it (`G2_G3.cpp`)."""
    measures = (*start[:2], *end[:2], *sizes.values())
    is_sane = all(abs(measure) <= FARTHEST_MM for measure in measures)
    center = _center(start, end, sizes, clockwise) if is_sane else None
    if center is None:
        return
    x, y = start[0] - center[0], start[1] - center[1]
    radius, at = math.hypot(x, y), math.atan2(y, x)
    sweep = (math.atan2(end[1] - center[1], end[0] - center[0]) - at) % math.tau
    if math.dist(start[:2], end[:2]) < 1e-6:
        sweep = 0.0 if clockwise else math.tau
    if clockwise:
        sweep -= math.tau
    step = max(2 * math.acos(1 - min(1.0, CHORD_MM / radius)), math.tau / MOST_CHORDS)
    chords = math.ceil(abs(sweep) / step)
    for number in range(1, chords):
        angle = at + sweep * number / chords
        yield center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle)


def _center(
    start: Point, end: Point, sizes: dict[bytes, float], clockwise: bool
) -> tuple[float, float] | None:
    """None where there is no arc: Marlin takes the straight way, or refuses it."""
    if (radius := sizes.get(b"R")) is not None:
        half_x, half_y = (end[0] - start[0]) / 2, (end[1] - start[1]) / 2
        half = math.hypot(half_x, half_y)
        if not radius or not half:
            return None
        # To the right of the way for a short arc with the clock, else to the left.
        rise = math.sqrt(max(0.0, radius**2 - half**2)) / half
        side = -rise if clockwise != (radius < 0) else rise
        return start[0] + half_x - side * half_y, start[1] + half_y + side * half_x
    i, j = sizes.get(b"I", 0.0), sizes.get(b"J", 0.0)
    return (start[0] + i, start[1] + j) if math.hypot(i, j) > 1e-9 else None
