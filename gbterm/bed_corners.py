"""Where the nozzle goes while a person turns the screws of the bed."""

from __future__ import annotations

CORNERS = ("left front", "right front", "right back", "left back", "middle")
"""In the order in which they are gone to; a corner is a number of this, from 0."""
INSET_MM = 30.0
"""From the edges of the bed, or a sixth of it where it is small."""
PAPER_MM = 0.1
"""How high the nozzle stands above the bed there: what a sheet of paper measures."""

Ends = tuple[float, float]


def place(corner: int, x_ends: Ends, y_ends: Ends) -> tuple[float, float]:
    """X and Y of `corner`, in mm, on a bed between these ends."""
    left, right = _within(x_ends)
    front, back = _within(y_ends)
    return (
        (left, front),
        (right, front),
        (right, back),
        (left, back),
        ((left + right) / 2, (front + back) / 2),
    )[corner]


def _within(ends: Ends) -> Ends:
    low, high = ends
    inset = min(INSET_MM, (high - low) / 6)
    return low + inset, high - inset
