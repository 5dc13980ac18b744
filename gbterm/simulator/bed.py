"""The bed under the nozzle: how it lies, and the mesh that the firmware keeps of it.

As in Marlin's `bedlevel.cpp`, `mesh_bed_leveling.cpp` and `ubl.cpp`: what they keep, when they call
it valid, and how they print it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

BED = 200.0  # as the axes are long
INSET = 10.0  # of the first and the last point
UNREACHED = 2  # columns that this UBL's probe, beside the nozzle, can't be brought to, from 9 on
FARTHEST_FILL = 1  # how many such columns G29 P3 fills at a time

NOTHING = math.nan


def height(x: float, y: float) -> float:
    """How high the bed lies at a place: tilted, its right front corner highest, and a bowl."""
    across, along = x / BED * 2 - 1, y / BED * 2 - 1
    return 0.11 * across - 0.07 * along + 0.03 * (across**2 + along**2) - 0.02


@dataclass(slots=True)
class Bed:
    """`points[i][j]`: column `i` from the left, row `j` from the front; NaN = unmeasured."""

    kind: str  # mbl, bilinear, ubl
    count: int
    points: list[list[float]] = field(default_factory=list)
    is_active: bool = False
    slot: int = -1  # of UBL
    has_mesh: bool = False  # of MBL

    def __post_init__(self) -> None:
        if not self.points:
            self.forget()

    def forget(self) -> None:
        """As it is before anything was measured: UBL and MBL begin with zeros."""
        empty = NOTHING if self.kind == "bilinear" else 0.0
        self.points = [[empty] * self.count for _ in range(self.count)]
        self.is_active = self.has_mesh = False

    @property
    def is_valid(self) -> bool:
        """leveling_is_valid()."""
        missing = [math.isnan(z) for column in self.points for z in column]
        if self.kind == "bilinear":
            return not all(missing)
        return not any(missing) if self.kind == "ubl" else self.has_mesh

    def place(self, index: int) -> float:
        """Where column or row `index` lies, in mm."""
        return INSET + (BED - 2 * INSET) * index / (self.count - 1)

    def measure(self, column: int, row: int) -> float:
        """Probe one point."""
        self.points[column][row] = z = height(self.place(column), self.place(row))
        return z

    def is_reached(self, column: int) -> bool:
        """Whether the probe comes there."""
        return self.kind != "ubl" or self.count < 9 or column < self.count - UNREACHED

    def fill(self) -> None:
        """G29 P3: points beside measured ones get what these lead to."""
        for row in range(self.count):
            for column in range(2, self.count):
                before, last = self.points[column - 2][row], self.points[column - 1][row]
                if math.isnan(self.points[column][row]) and not math.isnan(before + last):
                    self.points[column][row] = 2 * last - before
                    break

    # How it is printed.

    def grid(self, digits: int) -> Iterator[str]:
        """print_2d_array(): the front row first."""
        yield "".join(
            " " * (digits + 2 + (column < 10)) + str(column) for column in range(self.count)
        )
        for row in range(self.count):
            yield f"{row:2}" + "".join(
                " " + (" " + "=" * (digits + 2) if math.isnan(z) else f"{z:+.{digits}f}")
                for z in (column[row] for column in self.points)
            )
        yield ""

    def topography(self, *, csv: bool) -> Iterator[str]:
        """display_map(): the back row first."""
        yield ""
        yield "Bed Topography Report for CSV:" if csv else "Bed Topography Report:"
        yield ""
        first, last = round(self.place(0)), round(self.place(self.count - 1))
        aside = " " * (8 * self.count - 18)
        labels = " " * 7 + "".join(f"{column:2}      " for column in range(self.count))
        if not csv:
            yield f"    ({first:3},{last:3}){aside}({last:3},{last:3})"
            yield labels
        for row in reversed(range(self.count)):
            heights = [column[row] for column in self.points]
            if csv:
                yield "\t".join("NAN" if math.isnan(z) else f"{z:.3f}" for z in heights)
                continue
            yield f"{row:2} |" + "".join(
                _cell(z, at=row + column == 0) for column, z in enumerate(heights)
            )
            if row:
                yield "   |"
        if not csv:
            yield labels
            yield f"    ({first:3},{first:3}){aside}({last:3},{first:3})"
            yield ""


def _cell(z: float, *, at: bool) -> str:
    """In brackets where the head is, which here is always above the first point."""
    left, right = ("[", "]") if at else (" ", " ")
    if math.isnan(z):
        return f"{left}  .   {right}"
    sign = "+" if z > 0 else " " if z == 0 else ""
    return f"{left}{sign}{z:.3f}{right}"
