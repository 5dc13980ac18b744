"""What a board measured of its bed: a mesh of heights, as Marlin prints it.

Facts from Marlin's sources: `M420.cpp`, `bedlevel.cpp` (print_2d_array: header of columns, rows
with a label, the front first, `=====` where nothing was measured), `mesh_bed_leveling.cpp`, and
`ubl.cpp` (display_map: the back first, corners as `( 13,187)`, `.` or NAN where nothing was).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_POINTS = 64
"""Along each axis; Marlin's largest meshes have 16."""
MOST_LINES = 2000
"""Of an answer that are looked at."""

Row = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Heights in mm, of the bed above where it should be; a point not measured is None.

    `points` are rows, the front one first, each from left to right, all of one length; there are
    none where the board has no mesh. `x_mm` and `y_mm` are where the first and the last point lie,
    where the board tells that; so are `is_active` and `fade_mm`, the height from which it levels no
    more, 0 for never.
    """

    kind: str = ""
    """bilinear, mbl or ubl, plane for a firmware that keeps no points, empty for none."""
    points: tuple[Row, ...] = ()
    x_mm: tuple[float, ...] | None = None
    y_mm: tuple[float, ...] | None = None
    is_active: bool | None = None
    fade_mm: float | None = None
    is_refused: bool = False
    """Whether the board said that it can't level by it."""

    @property
    def columns(self) -> int:
        """Points from left to right."""
        return len(self.points[0]) if self.points else 0

    @property
    def missing(self) -> int:
        """Points that nobody measured."""
        return sum(point is None for row in self.points for point in row)

    @property
    def is_measured(self) -> bool:
        """Whether any point was."""
        return any(point is not None for row in self.points for point in row)


_TITLES = (
    (re.compile(r"Subdivided with"), ""),
    (re.compile(r"Bilinear Leveling Grid:"), "bilinear"),
    (re.compile(r"Mesh Bed Level data:|Measured points:|\d+x\d+ mesh\. Z offset:"), "mbl"),
    (re.compile(r"Bed Topography Report"), "ubl"),
    (re.compile(r"Bed Level Correction Matrix:"), "plane"),
)
"""What stands above a grid; the first is one that was made from the grid before it."""
WITH_POINTS = ("bilinear", "mbl", "ubl")
_VALUE = re.compile(r"[-+]?\d{1,3}\.\d{1,6}")
_MISSING = re.compile(r"\.|=+|NAN|nan")
_LABEL = re.compile(r"\d{1,2}")
_CORNER = re.compile(r"\( *(-?\d{1,4}) *, *(-?\d{1,4})\)")
_SLOT = re.compile(r"Storage slot: (-?\d{1,3})\b")
_SWITCHED = re.compile(r"Bed Leveling (ON|OFF)", re.IGNORECASE)
_FADE = re.compile(r"Fade Height (?:(\d{1,4}(?:\.\d{1,4})?)|OFF)", re.IGNORECASE)


def read(lines: Iterable[str]) -> Mesh:
    """The mesh in what a board said; what else is among it is passed over."""
    reader = _Reader()
    for line, _ in zip(lines, range(MOST_LINES), strict=False):
        reader.take(line)
    return reader.mesh()


def slot(lines: Iterable[str]) -> int | None:
    """Where UBL keeps the mesh, by the answer to M420 V; below 0 for nowhere yet."""
    found = [match for line in lines if (match := _SLOT.search(line))]
    return int(found[-1][1]) if found else None


class _Reader:
    def __init__(self) -> None:
        self._kind, self._title = "", ""
        self._is_active: bool | None = None
        self._fade_mm: float | None = None
        self._is_refused = False
        self._begin("")

    def take(self, line: str) -> None:
        for pattern, kind in _TITLES:
            if pattern.search(line):
                self._begin(kind)
                return
        if switched := _SWITCHED.search(line):
            self._is_active = switched[1].upper() == "ON"
        elif fade := _FADE.search(line):
            self._fade_mm = float(fade[1] or 0)
        elif "Invalid mesh" in line or "Mesh is invalid" in line:
            self._is_refused = True
        elif self._title in WITH_POINTS:
            self._take_row(line)

    def _begin(self, kind: str) -> None:
        self._title = kind
        if kind or not self._kind:
            self._kind = kind
            self._rows: dict[int, Row] = {}
            self._has_labels = False
            self._corners: list[list[tuple[float, float]]] = []

    def _take_row(self, line: str) -> None:
        if corners := _CORNER.findall(line):
            self._corners.append([(float(x), float(y)) for x, y in corners])
            return
        words = re.sub(r"[][|]", " ", line).split()
        if len(words) < 2:
            return
        place, has_label = len(self._rows), _LABEL.fullmatch(words[0]) is not None
        if has_label:
            place = int(words.pop(0))
        elif self._title != "ubl":
            return
        is_row = all(_VALUE.fullmatch(word) or _MISSING.fullmatch(word) for word in words)
        if is_row and len(words) <= MOST_POINTS and place < MOST_POINTS:
            self._has_labels = has_label
            self._rows[place] = tuple(
                float(word) if _VALUE.fullmatch(word) else None for word in words
            )

    def mesh(self) -> Mesh:
        x_mm, y_mm = self._extents()
        return Mesh(
            self._kind,
            self._points(),
            x_mm,
            y_mm,
            self._is_active,
            self._fade_mm,
            self._is_refused,
        )

    def _extents(self) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
        """Old builds tell the corners by their numbers as well, which lie closer together."""
        spans = [abs(line[-1][0] - line[0][0]) for line in self._corners]
        widest = max(spans, default=0.0)
        lines = [line for line, span in zip(self._corners, spans, strict=True) if span == widest]
        xs, ys = {x for line in lines for x, _ in line}, {y for line in lines for _, y in line}
        if len(xs) < 2 or len(ys) < 2:
            return None, None
        return (min(xs), max(xs)), (min(ys), max(ys))

    def _points(self) -> tuple[Row, ...]:
        """A row that got lost on the way is one of which nothing is known."""
        if not self._rows:
            return ()
        width = max(map(len, self._rows.values()))
        nothing: Row = (None,) * width
        rows = [self._rows.get(place, nothing) for place in range(max(self._rows) + 1)]
        if not self._has_labels:
            rows.reverse()
        return tuple((*row, *nothing[len(row) :]) for row in rows)
