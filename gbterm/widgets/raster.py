"""Toolpaths as characters: dots in Unicode, strokes where the terminal draws no dots.

A cell is about twice as high as wide and holds two by four dots, which so are about square.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from gbterm.files import Toolpath
from gbterm.terminal import Glyphs

ACROSS, DOWN = 2, 4
"""Dots of a cell."""
FARTHEST_MM = 1e5
"""What lies farther out is nobody's bed."""

Spot = tuple[float, float]
Dot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle of the bed in mm."""

    left: float
    front: float
    right: float
    back: float

    def joined(self, other: Extent | None) -> Extent:
        """What holds both."""
        if other is None:
            return self
        return Extent(
            min(self.left, other.left),
            min(self.front, other.front),
            max(self.right, other.right),
            max(self.back, other.back),
        )


@dataclass(frozen=True, slots=True)
class View:
    """Where the bed's millimetres lie among `columns` times `rows` cells; its back is on top."""

    columns: int
    rows: int
    left: float
    """In mm, of the leftmost dot; `back` of the topmost one."""
    back: float
    dot_mm: float

    def dot(self, spot: Spot) -> Dot:
        """The nearest dot to a place, from the left and from the top, on the cells or not."""
        x, y = (spot[0] - self.left) / self.dot_mm, (self.back - spot[1]) / self.dot_mm
        return math.floor(x + 0.5), math.floor(y + 0.5)

    def cell(self, spot: Spot) -> tuple[int, int] | None:
        """The column and row of a place; None for one that isn't shown."""
        if not _is_sound(spot):
            return None
        x, y = self.dot(spot)
        column, row = x // ACROSS, y // DOWN
        shown = 0 <= column < self.columns and 0 <= row < self.rows
        return (column, row) if shown else None


def extent(paths: Iterable[Toolpath]) -> Extent | None:
    """What the extrusions among `paths` reach; None where there are none."""
    spots = [spot for path in paths if path.kind == "extrude" for spot in _spots(path)]
    if not spots:
        return None
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    return Extent(min(xs), min(ys), max(xs), max(ys))


def fitted(shown: Extent, columns: int, rows: int) -> View:
    """As large as fits, in the middle, no larger than a hundredth of a mm for a dot."""
    width, height = shown.right - shown.left, shown.back - shown.front
    across, down = columns * ACROSS - 1, rows * DOWN - 1
    dot_mm = max(width / max(1, across), height / max(1, down), 0.01)
    # Whole cells, so that the edges of what is drawn are the edges of cells.
    aside = int((across - width / dot_mm) / 2) // ACROSS * ACROSS
    above = int((down - height / dot_mm) / 2) // DOWN * DOWN
    return View(columns, rows, shown.left - aside * dot_mm, shown.back + above * dot_mm, dot_mm)


def drawn(
    paths: Sequence[Toolpath], view: View, kind: Glyphs, *, travels: bool = False
) -> list[str]:
    """The rows of `view`, top first: extrusions, and where there are none, travels as dots."""
    extruded = _masks(paths, view, "extrude")
    travelled = _masks(paths, view, "travel") if travels else bytearray(len(extruded))
    signs, travel = _signs(kind), "." if kind is Glyphs.ASCII else "·"
    cells = [
        signs[mask] if mask else travel if way else " "
        for mask, way in zip(extruded, travelled, strict=True)
    ]
    begins = (row * view.columns for row in range(view.rows))
    return ["".join(cells[begin : begin + view.columns]) for begin in begins]


def _masks(paths: Sequence[Toolpath], view: View, kind: str) -> bytearray:
    """For each cell, row by row, the dots that paths of `kind` touch, one a bit."""
    columns, masks = view.columns, bytearray(view.columns * view.rows)
    # Most lines of a large layer come to the same dots as others.
    lines = set[tuple[Dot, Dot]]()
    for path in paths:
        if path.kind == kind:
            dots = [view.dot(spot) for spot in _spots(path)]
            lines.update(pairwise(dots * 2 if len(dots) == 1 else dots))
    for ends in lines:
        for x, y in _dots(ends, columns * ACROSS, view.rows * DOWN):
            masks[y // DOWN * columns + x // ACROSS] |= 1 << (y % DOWN * ACROSS + x % ACROSS)
    return masks


def _dots(ends: tuple[Spot, Spot], across: int, down: int) -> Iterator[Dot]:
    """The dots between two places, where they are on the cells."""
    if (inside := _clipped(ends, across - 0.5, down - 0.5)) is None:
        return
    (x, y), (to_x, to_y) = inside
    steps = max(1, math.ceil(max(abs(to_x - x), abs(to_y - y))))
    step_x, step_y = (to_x - x) / steps, (to_y - y) / steps
    for step in range(steps + 1):
        at_x, at_y = int(x + step * step_x + 0.5), int(y + step * step_y + 0.5)
        if at_x < across and at_y < down:
            yield at_x, at_y


def _clipped(ends: tuple[Spot, Spot], right: float, bottom: float) -> tuple[Spot, Spot] | None:
    """The part of a line that lies between -½ and `right` or `bottom`.

    By Liang and Barsky, A new concept and method for line clipping, 1984.
    """
    (x, y), (to_x, to_y) = ends
    by_x, by_y = to_x - x, to_y - y
    begin, end = 0.0, 1.0
    sides = ((-by_x, x + 0.5), (by_x, right - x), (-by_y, y + 0.5), (by_y, bottom - y))
    for by, room in sides:
        if by == 0:
            if room < 0:
                return None
        elif by < 0:
            begin = max(begin, room / by)
        else:
            end = min(end, room / by)
    if begin > end:
        return None
    return (x + begin * by_x, y + begin * by_y), (x + end * by_x, y + end * by_y)


def _spots(path: Toolpath) -> list[Spot]:
    spots = zip(path.points[::2], path.points[1::2], strict=False)
    return [spot for spot in spots if _is_sound(spot)]


def _is_sound(spot: Spot) -> bool:
    # Not a number is not below anything either.
    return abs(spot[0]) < FARTHEST_MM and abs(spot[1]) < FARTHEST_MM


_BRAILLE = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
"""What each dot, row by row, adds to U+2800 (Unicode, Braille Patterns)."""


@lru_cache(maxsize=3)
def _signs(kind: Glyphs) -> tuple[str, ...]:
    """The character of every mask."""
    if kind is not Glyphs.UNICODE:
        return tuple(_stroke(mask, kind) for mask in range(256))
    return tuple(
        chr(0x2800 + sum(sign for bit, sign in enumerate(_BRAILLE) if mask >> bit & 1))
        for mask in range(256)
    )


def _stroke(mask: int, kind: Glyphs) -> str:
    """What the dots of a cell look like from afar."""
    level, upright, full = "-|#" if kind is Glyphs.ASCII else "─│█"
    rows = [mask >> row * ACROSS & 3 for row in range(DOWN)]
    # In half cells to the right, from the top.
    middles = [(0, 0, 2, 1)[dots] for dots in rows if dots]
    if not middles:
        return " "
    if mask.bit_count() > DOWN + 1:
        return full
    if len(middles) == 1 or set(middles) == {1}:
        return level
    if len(set(middles)) == 1:
        return upright
    if middles == sorted(middles):
        return "\\"
    return "/" if middles == sorted(middles, reverse=True) else "+"
