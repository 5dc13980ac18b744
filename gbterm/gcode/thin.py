"""Fewer points for the same picture, by Visvalingam's and Whyatt's algorithm.

The point goes first that changes the picture least: whose triangle with its two neighbours is the
smallest (M. Visvalingam, J. D. Whyatt, Line generalisation by repeated elimination of points,
1993).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise

from gbterm.gcode.toolpath import Path, Spot

SMALL = 500
"""Twice a triangle in square hundredths of a mm that nobody sees (0.025 mm²)."""


def thin(paths: Sequence[Path], most: int) -> tuple[list[Path], bool]:
    """`paths` with `most` points at most in all, and whether any are missing.

    Details that nobody sees go first, then travels, then details, then the shortest paths.
    """
    points = sum(len(path.spots) for path in paths)
    if points <= most:
        return list(paths), False
    thinner = _Thinner(paths)
    over = thinner.drop(points - most, SMALL)
    kept = thinner.kept()
    if over > 0:
        kept, over = _without_shortest(kept, over, [not path.extrudes for path in kept])
        thinner = _Thinner(kept)
        over = thinner.drop(over)
        kept = thinner.kept()
        kept, _ = _without_shortest(kept, over, [True] * len(kept))
    return kept, True


def _without_shortest(paths: list[Path], over: int, may_go: list[bool]) -> tuple[list[Path], int]:
    """Leave out the shortest of those that may go, until no points are over."""
    numbers = [number for number, may in enumerate(may_go) if may]
    numbers.sort(key=lambda number: _extent(paths[number].spots))
    gone = set()
    for number in numbers:
        if over <= 0:
            break
        gone.add(number)
        over -= len(paths[number].spots)
    return [path for number, path in enumerate(paths) if number not in gone], over


def _extent(spots: list[Spot]) -> int:
    return sum(abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(spots))


class _Thinner:
    """Takes the points of paths away, the least first."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        # All in a row, where each point knows its neighbours.
        self._spots = [spot for path in paths for spot in path.spots]
        self._before = list(range(-1, len(self._spots) - 1))
        self._after = list(range(1, len(self._spots) + 1))
        self._is_gone = [False] * len(self._spots)
        self._size: dict[int, int] = {}
        at = 0
        for path in paths:
            for number in range(at + 1, at + len(path.spots) - 1):
                self._size[number] = self._triangle(number)
            at += len(path.spots)
        self._heap = [(size, number) for number, size in self._size.items()]
        heapq.heapify(self._heap)

    def _triangle(self, number: int) -> int:
        spots = self._spots
        (ax, ay), (bx, by) = spots[self._before[number]], spots[number]
        cx, cy = spots[self._after[number]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))

    def drop(self, points: int, largest: int | None = None) -> int:
        """Take so many away, of triangles up to `largest`; how many were too few."""
        heap, sizes = self._heap, self._size
        while points > 0 and heap and (largest is None or heap[0][0] <= largest):
            size, number = heapq.heappop(heap)
            if sizes.get(number) != size:
                continue  # its triangle is another by now
            del sizes[number]
            self._is_gone[number] = True
            before, after = self._before[number], self._after[number]
            self._after[before], self._before[after] = after, before
            for neighbour in (before, after):
                if neighbour in sizes:
                    # Never less than what went before it: details go from small to large.
                    sizes[neighbour] = max(size, self._triangle(neighbour))
                    heapq.heappush(heap, (sizes[neighbour], neighbour))
            points -= 1
        return points

    def kept(self) -> list[Path]:
        """The paths with what is left of them."""
        kept, at = [], 0
        for path in self._paths:
            gone = self._is_gone[at : at + len(path.spots)]
            spots = [spot for spot, is_gone in zip(path.spots, gone, strict=True) if not is_gone]
            kept.append(Path(path.extrudes, path.tool, spots))
            at += len(path.spots)
        return kept
