"""What one layer of a file draws, seen from above: read from where the layer begins, and no more.

Positions are those that the file gives, so a G92 or a homing moves nothing and ends a path.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from gbterm.gcode.arcs import FARTHEST_MM, arc
from gbterm.gcode.follow import Follower, Point, State
from gbterm.gcode.layers import Layer
from gbterm.gcode.lines import read_lines

MOST_BYTES, MOST_POINTS = 4 << 20, 100_000
"""Of a layer that are looked at; a real one has a tenth of it."""

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
            way = arc(before, after, *bend)
            self._draw(before, (*(way.chords() if way else ()), after), prints)

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
