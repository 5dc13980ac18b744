"""What a mesh says of a bed: how uneven, how tilted, and what to do about it, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gbterm.bed_mesh import Mesh

LEVEL_MM = 0.05
"""A bed whose corners are no further off is level for every printer."""
CORNERS = ("left front", "right front", "left back", "right back")
Spot = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """All in mm; `corners` are how high the plane through the bed is there, above its middle.

    `rms` is how far its points are from their mean, `uneven_rms` from that plane: screws can take
    away the difference, but not that.
    """

    lowest: float
    highest: float
    mean: float
    rms: float
    uneven_rms: float
    corners: tuple[float, float, float, float]
    """As `CORNERS`."""

    @property
    def range(self) -> float:
        """Between the highest and the lowest point."""
        return self.highest - self.lowest

    @property
    def tilt(self) -> float:
        """Between the highest and the lowest corner."""
        return max(self.corners) - min(self.corners)


def shape(mesh: Mesh) -> Shape | None:
    """None where nothing was measured."""
    spots = _spots(mesh)
    if not spots:
        return None
    heights = [z for _, _, z in spots]
    mean = sum(heights) / len(heights)
    flat, to_right, to_back = _plane(spots, mean)
    left = [z - flat - to_right * x - to_back * y for x, y, z in spots]
    front_left, front_right = -to_right - to_back, to_right - to_back
    return Shape(
        min(heights),
        max(heights),
        mean,
        _rms([z - mean for z in heights]),
        _rms(left),
        (front_left, front_right, -front_right, -front_left),
    )


def advice(mesh: Mesh) -> str:
    """What follows from it for who stands before the printer, in a sentence or two."""
    found = shape(mesh)
    if found is None:
        return "No point of the bed was measured yet: probe it."
    worst = max(range(len(CORNERS)), key=lambda corner: abs(found.corners[corner]))
    by = found.corners[worst]
    if abs(by) < LEVEL_MM:
        if found.range < 2 * LEVEL_MM:
            return f"The bed is level and even, to {found.range:.2f} mm."
        return f"The bed is level, but uneven by {found.range:.2f} mm: no screw changes that."
    way, turn = ("high", "lower") if by > 0 else ("low", "raise")
    return f"The {CORNERS[worst]} corner is {abs(by):.2f} mm {way}: {turn} it by its screw."


def _spots(mesh: Mesh) -> list[Spot]:
    """Each point measured: where it is between left and right, front and back, from -1 to 1."""
    last_x, last_y = mesh.columns - 1, len(mesh.points) - 1
    return [
        (2 * x / last_x - 1 if last_x else 0.0, 2 * y / last_y - 1 if last_y else 0.0, z)
        for y, row in enumerate(mesh.points)
        for x, z in enumerate(row)
        if z is not None
    ]


def _plane(spots: list[Spot], mean: float) -> tuple[float, float, float]:
    """The plane nearest to all of them: its height in the middle, and its rises; level where they
    lie in one line, so that no plane is nearest."""
    count = len(spots)
    mean_x, mean_y = sum(x for x, _, _ in spots) / count, sum(y for _, y, _ in spots) / count
    centred = [(x - mean_x, y - mean_y, z - mean) for x, y, z in spots]
    xx, yy = sum(x * x for x, _, _ in centred), sum(y * y for _, y, _ in centred)
    xy = sum(x * y for x, y, _ in centred)
    xz, yz = sum(x * z for x, _, z in centred), sum(y * z for _, y, z in centred)
    area = xx * yy - xy * xy
    if area < 1e-9:
        return mean, 0.0, 0.0
    to_right, to_back = (xz * yy - yz * xy) / area, (yz * xx - xz * xy) / area
    return mean - to_right * mean_x - to_back * mean_y, to_right, to_back


def _rms(values: list[float]) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values))
