"""What a file's moves come to: filament, tools, the space that is printed in, layers.

An arc counts by its ends.
"""

from __future__ import annotations

import math
from dataclasses import replace

from gbterm.gcode.follow import Follower, Point
from gbterm.gcode.layers import LayerIndex


class Motion(Follower):
    """Feed it the lines of a file; those that print beyond a layer's heights begin another."""

    def __init__(self) -> None:
        super().__init__()
        self.filament_mm = 0.0
        """The most that was ever fed, less what was retracted until then."""
        self.tools: set[int] = set()
        """Those that printed."""
        self.layers = LayerIndex()
        self._fed = 0.0
        self.forget_space()

    def forget_space(self) -> None:
        """Begin the box anew: what came before was priming."""
        self._printing = False
        self._low = [math.inf] * 3
        self._high = [-math.inf] * 3

    @property
    def box(self) -> tuple[Point, Point] | None:
        """The lowest and the highest corner of what is printed, in mm; None where nothing is."""
        corners = (*self._low, *self._high)
        if not all(math.isfinite(value) for value in corners):
            return None
        return corners[:3], corners[3:]  # type: ignore[return-value]

    def _moved(self, before: Point, fed: float, prints: bool) -> None:
        if prints:
            after, layers = self._at, self.layers
            if not layers.low < after[2] <= layers.high:
                x, y, z = before
                start = replace(self.state, x=x, y=y, z=z, e=self._e - fed)
                layers.printed_at(after[2], start, self.filament_mm)
            if not self._printing:
                self.tools.add(self._tool)
                self._include(before)
            self._include(after)
        self._printing = prints
        self._fed += fed
        if self._fed > self.filament_mm:
            self.filament_mm = self._fed

    def _include(self, point: Point) -> None:
        low, high = self._low, self._high
        for axis, value in enumerate(point):
            if value < low[axis]:
                low[axis] = value
            if value > high[axis]:
                high[axis] = value

    def _select(self, tool: int) -> None:
        super()._select(tool)
        self._printing = False
