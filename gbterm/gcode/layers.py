"""Which layer each line of a file belongs to.

Where the slicer marks its layers, a layer begins with the first comment of the kind that marked
the first one. Where it doesn't, one begins with a line that prints higher than those before, or
back down on the bed: so begins the next object of a file that prints one after the other.

Layers count from 1 in the order of printing, through all objects; what comes before the first is
layer 0, what comes after the last belongs to it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from gbterm.gcode.follow import Follower, Point, State

MOST_LAYERS = 50_000
"""A meter of layers of 0.02 mm; whatever more a file has belongs to the last of them."""
LEAST_LAYER_MM = 0.04
"""A layer is higher than the one below by more; less is a spiral vase on its way."""
LEAST_FALL_MM = 0.5
"""Back on the bed counts from a height that no uneven bed makes up for."""
_MARK = re.compile(
    rb"; *(?:(LAYER_CHANGE|CHANGE_LAYER|BEFORE_LAYER_CHANGE)\s*\Z|(LAYER):-?\d+|(layer) \d+,)"
)
"""Of PrusaSlicer, OrcaSlicer and SuperSlicer; of Cura and ideaMaker; of Simplify3D."""


class LayerFinder:
    """Tell it of the comments, and of each height that is printed at outside `low` and `high`."""

    def __init__(self) -> None:
        self.number = 0
        """Of the present layer."""
        self.low, self.high = -math.inf, -math.inf
        """Nothing is to be found out at a height above `low` and up to `high`, in mm."""
        self._kind = b""
        self._base = math.inf

    @property
    def is_first_mark(self) -> bool:
        """Whether the present layer is the first that is marked: what came before was priming."""
        return self.number == 1 and self._kind != b""

    def see_comment(self, line: bytes) -> bool:
        """Whether a layer begins with this line, which begins with `;`.

        With a first mark, layers that were found by their heights are none: `number` is 1.
        """
        mark = _MARK.match(line)
        if mark is None:
            return False
        kind = mark[1] or mark[2] or mark[3]
        if not self._kind:
            self._kind, self.number = kind, 0
        if kind != self._kind or self.number == MOST_LAYERS:
            return False
        self.number += 1
        self.low, self.high = -math.inf, -math.inf
        return True

    def see_height(self, z: float) -> bool:
        """Whether a layer begins with a line that prints at `z` mm, outside `low` and `high`."""
        if self._kind or self.number == MOST_LAYERS:
            self.low, self.high = -math.inf, math.inf
            return False
        rises = self.number > 0 and z > self.high
        self.number += 1
        if not rises:
            self._base = z
        has_risen = z - self._base > LEAST_FALL_MM
        self.low = self._base + (LEAST_LAYER_MM if has_risen else -LEAST_LAYER_MM)
        self.high = z + LEAST_LAYER_MM
        return True


class LayerStarts(Follower):
    """The commands that layers begin with, of a file's lines from the first one on."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[int] = []
        """Their numbers, counted from 1, layer by layer."""
        self._finder, self._next = LayerFinder(), 1

    def see_line(self, line: bytes, command: int) -> None:
        """The next line; `command` counts the commands up to it, itself included."""
        if line.startswith(b";"):
            if self._finder.see_comment(line):
                self._begin(command + 1)
        elif self._finder.high < math.inf:
            self._next = command
            self.see(line)

    def _moved(self, _before: Point, _fed: float, prints: bool) -> None:
        z, finder = self._at[2], self._finder
        if prints and not finder.low < z <= finder.high and finder.see_height(z):
            self._begin(self._next)

    def _begin(self, command: int) -> None:
        self.commands[self._finder.number - 1 :] = [command]


@dataclass(frozen=True, slots=True)
class Layer:
    """Where a layer lies in its file; `z_mm` is where it first prints, None where it doesn't."""

    z_mm: float | None
    line: int
    """Its first, from 1 as an editor counts."""
    offset: int
    """Of its first byte."""
    size: int
    """In bytes."""
    filament_mm: float
    start: State
    """How its first line is read."""


class LayerIndex(LayerFinder):
    """Gathers the layers of a file. `line` and `offset` are those of the line that is read."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.offset = 1, 0
        self._begun: list[tuple[int, int, float, State]] = []
        self._z: list[float | None] = []

    def comment(self, line: bytes, start: State, filament_mm: float) -> bool:
        """See a comment, before which so much filament was used; whether it begins a layer."""
        begins = self.see_comment(line)
        if begins:
            self._begin(start, filament_mm)
        return begins

    def printed_at(self, z: float, start: State, filament_mm: float) -> None:
        """See a line that prints outside `low` and `high`."""
        if self.see_height(z):
            self._begin(start, filament_mm)
        if self._z and self._z[-1] is None:
            self._z[-1] = round(z, 3)

    def _begin(self, start: State, filament_mm: float) -> None:
        self._begun[self.number - 1 :] = [(self.line, self.offset, filament_mm, start)]
        self._z[self.number - 1 :] = [None]

    def layers(self, filament_mm: float) -> tuple[Layer, ...]:
        """All of them, once the whole file was read, which uses so much filament."""
        ends = [*self._begun[1:], (self.line, self.offset, filament_mm, State())]
        return tuple(
            Layer(z, line, offset, end[1] - offset, round(end[2] - fed, 5), start)
            for z, (line, offset, fed, start), end in zip(self._z, self._begun, ends, strict=False)
        )
