"""A mesh as a person before the printer sees the bed: the back on top, the front at the bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gbterm.bed_mesh import Mesh
from gbterm.bed_shape import CORNERS, LEVEL_MM, advice, shape

SHADES = " .:*#"
"""From the lowest fifth to the highest, behind each height, for who sees no colours."""
MIDDLE = len(SHADES) // 2
KINDS = {
    "bilinear": "Bilinear mesh",
    "mbl": "Mesh measured by hand",
    "ubl": "Unified mesh",
    "plane": "A plane, without points",
}
_MISSING = "--"


@dataclass(frozen=True, slots=True)
class Cell:
    """One point as it is shown; `level` is its fifth, from 0, None for a point not measured."""

    text: str
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of points with what stands before it."""

    label: str
    cells: tuple[Cell, ...]


def lines(mesh: Mesh, width: int) -> list[Line]:
    """Rows from back to front, as exact as `width` columns allow."""
    found = shape(mesh)
    if found is None:
        return []
    labels = _labels(mesh)
    margin = _margin(labels)
    digits, written = _format((width - margin) // mesh.columns)
    level = _levels(found.lowest, found.highest)
    return [
        Line(
            f"{label:>{margin - 1}} ",
            tuple(
                Cell(f"{_MISSING:>{digits}} ")
                if z is None
                else Cell(f"{written(z):>{digits}}{SHADES[level(z)]}", level(z))
                for z in row
            ),
        )
        for label, row in zip(labels, reversed(mesh.points), strict=True)
    ]


def _labels(mesh: Mesh) -> list[str]:
    """Of each row, the back one first: where it lies, where that is known."""
    count = len(mesh.points)
    if mesh.y_mm is None or count < 2:
        return ["back", *[""] * (count - 2), "front"] if count > 1 else [""]
    front, back = mesh.y_mm[0], mesh.y_mm[-1]
    step = (back - front) / (count - 1)
    return [f"Y{front + step * row:.0f}" for row in reversed(range(count))]


def _format(room: int) -> tuple[int, Callable[[float], str]]:
    """Digits and how a height is written in `room` columns, a gap and its shade among them."""
    if room >= 8:
        return 7, lambda z: f"{z:+.3f}"
    if room >= 6:
        return min(room - 1, 6), lambda z: f"{z:+.2f}"
    digits = min(max(room - 1, 3), 4)
    return digits, lambda z: _hundredths(z, digits)


def _hundredths(z: float, digits: int) -> str:
    text = f"{round(z * 100):+d}"
    return text if len(text) <= digits else text[0] * digits


def is_in_hundredths(mesh: Mesh, width: int) -> bool:
    """Whether there is room for no more."""
    return bool(mesh.points) and (width - _margin(_labels(mesh))) // mesh.columns < 6


def _margin(labels: list[str]) -> int:
    return max(map(len, labels)) + 1


def _levels(lowest: float, highest: float) -> Callable[[float], int]:
    if highest - lowest < LEVEL_MM:
        return lambda _: MIDDLE
    fifth = (highest - lowest) / len(SHADES)
    return lambda z: min(len(SHADES) - 1, int((z - lowest) / fifth))


def footing(mesh: Mesh, width: int) -> str:
    """What stands below the table: left and right, and in what its numbers are."""
    if mesh.x_mm is not None:
        sides = f"left X{mesh.x_mm[0]:.0f} ... right X{mesh.x_mm[-1]:.0f}"
    else:
        sides = "left ... right"
    unit = "hundredths of a mm" if is_in_hundredths(mesh, width) else "mm"
    return f"{sides}, in {unit}; {_MISSING} was not measured, # is high"


def account(mesh: Mesh) -> Iterator[str]:
    """What there is to say of it, a sentence each; what to do comes first."""
    if mesh.kind != "plane":
        yield advice(mesh)
    yield f"{_kind(mesh)}; {_use(mesh)}."
    found = shape(mesh)
    if found is not None:
        yield (
            f"From {found.lowest:+.3f} to {found.highest:+.3f}: {found.range:.3f} mm; mean"
            f" {found.mean:+.3f}, RMS {found.rms:.3f}."
        )
        corners = zip(CORNERS, found.corners, strict=True)
        told = ", ".join(f"{name} {height:+.2f}" for name, height in corners)
        yield f"Tilt {found.tilt:.2f} mm: {told}. Uneven besides: RMS {found.uneven_rms:.3f}."
    if mesh.points and mesh.missing:
        total = len(mesh.points) * mesh.columns
        yield f"{mesh.missing} of {total} points were not measured: the board can't level by it."


def _kind(mesh: Mesh) -> str:
    kind = KINDS.get(mesh.kind, "Mesh") if mesh.kind else "The board has no mesh"
    return f"{kind}, {mesh.columns} x {len(mesh.points)} points" if mesh.points else kind


def _use(mesh: Mesh) -> str:
    if mesh.is_active is None:
        return "whether it is in use the board doesn't say"
    if not mesh.is_active:
        return "levelling is off"
    return f"levelling is on, up to {mesh.fade_mm:g} mm" if mesh.fade_mm else "levelling is on"
