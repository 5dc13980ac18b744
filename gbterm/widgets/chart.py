"""The chart of temperatures. It imports the plotting library, so nobody imports it in advance."""

from __future__ import annotations

from math import ceil

from rich.text import Text
from textual.content import Content
from textual.reactive import reactive
from textual_plotext import Plot

from gbterm.terminal import Glyphs
from gbterm.widgets.curves import Curve
from gbterm.widgets.panel import Line, Panel

_COLORS = ("red+", "blue+", "green+", "magenta+", "cyan+", "orange+")
LEFT = 6
"""Columns of the scale of temperatures."""
LEAST_TOP_C, TICK_C, NEAR_TICK_C = 95, 50, 10
TICKS = 5


class Chart(Panel):
    """Lines of `curves` over `minutes`, each with its letter at its end; targets are dashed."""

    curves: reactive[tuple[Curve, ...]] = reactive((), repaint=False)

    def __init__(self, draws: Glyphs) -> None:
        super().__init__()
        self.draws, self.minutes = draws, 10.0
        self.around: tuple[float, float] | None = None
        """The temperatures that are drawn, where those from 0 on are too many."""

    def watch_curves(self) -> None:
        """Time went on."""
        self.redraw()

    @property
    def columns(self) -> int:
        """How many cells there are for the time."""
        return max(1, self.content_size.width - LEFT)

    def lines(self, width: int) -> list[Line]:
        """As many as there is room for."""
        height = self.content_size.height
        if width < 2 * LEFT or height < 4:
            return [""] * height
        plot = Plot()
        plot.theme("clear")
        plot.plotsize(width, height)
        plot._set_size(width, height)  # not cut to the size that the terminal had at first
        self._axes(plot)
        plot.scatter([0], [0], marker=" ")  # there are no axes where nothing is drawn
        for curve, color in zip(self.curves, _COLORS, strict=False):
            self._draw(plot, curve, color)
        drawn = str(plot.build()).splitlines()[:height]
        rows: list[Line] = [Content.from_rich_text(Text.from_ansi(row)) for row in drawn]
        return rows + [""] * (height - len(rows))

    def _axes(self, plot: Plot) -> None:
        lines = [line for curve in self.curves for line in (*curve.pieces, curve.targets)]
        hottest = max((y for line in lines for _, y in line), default=0.0)
        low, tick = 0, TICK_C
        top = ceil((max(hottest, LEAST_TOP_C) + 5) / TICK_C) * TICK_C
        if self.around is not None:
            low, top, tick = *map(round, self.around), NEAR_TICK_C
        plot.xlim(-self.minutes, 0)
        plot.ylim(low, top)
        plot.xaxes(True, False)
        plot.yaxes(True, False)
        ticks = TICKS if self.minutes >= TICKS else max(1, round(self.minutes))
        times = [-self.minutes * (ticks - i) / ticks for i in range(ticks + 1)]
        plot.xticks(times, [*(f"{time:.3g}" for time in times[:-1]), "0 min"])
        degrees = [float(at) for at in range(low, top + 1, tick)]
        plot.yticks(degrees, [*(f"{at:>3.0f}" for at in degrees[:-1]), f"{top}°C"])

    def _draw(self, plot: Plot, curve: Curve, color: str) -> None:
        if curve.targets:
            plot.scatter(*_split(curve.targets), marker="-", color=color)
        marker = "braille" if self.draws is Glyphs.UNICODE else curve.mark
        for piece in curve.pieces:
            plot.plot(*_split(piece), marker=marker, color=color)
        if curve.pieces:
            x, y = curve.pieces[-1][-1]
            plot.scatter([x], [y], marker=curve.mark, color=color)


def _split(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
