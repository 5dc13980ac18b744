"""Temperatures, position, overrides and fans."""

from __future__ import annotations

from itertools import zip_longest

from textual.content import Content
from textual.reactive import reactive

from gbterm.widgets.panel import Line, Panel
from gbterm.widgets.slices import Heater, Motion

_WORD_STYLE = {
    "heating": "$warning",
    "cooling": "$secondary",
    "at target": "$success",
    "off, still hot": "$warning",
}


class HeaterPanel(Panel):
    """A line for each heater: current and target in °C, what it does in a word, its trend."""

    heaters: reactive[tuple[Heater, ...]] = reactive((), repaint=False)

    def watch_heaters(self) -> None:
        """A temperature changed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """The trend only where it fits."""
        return [heater_line(heater, width) for heater in self.heaters]


def heater_line(heater: Heater, width: int, style: str = "bold", word: str = "") -> Content:
    """What is known of a heater; `word` takes the place of what it does, `style` is its name's."""
    line = Content.assemble(
        (f"{heater.name:<10}", style),
        f"{heater.current:>3} / {heater.target:>3} °C  ",
        (word or heater.word, "" if word else _WORD_STYLE.get(heater.word, "")),
    )
    whole = Content.assemble(line, f" {heater.trend}") if heater.trend else line
    return whole if whole.cell_length <= width else line


class MotionPanel(Panel):
    """Axes on the left; speed, flow, fans and, where there were any, babysteps on the right."""

    motion: reactive[Motion] = reactive(Motion(), repaint=False)

    def watch_motion(self) -> None:
        """The head moved, or an override or fan changed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Three lines or more, at most 32 cells wide."""
        del width
        told = self.motion.overrides
        right = [("Speed", told.speed), ("Flow", told.flow), *told.fans]
        if told.babystep:
            right.append(("Babystep", told.babystep))
        axes = zip("XYZ", self.motion.position, strict=True)
        return [
            Content.assemble((axis, "bold"), f" {at:>8}    ", (f"{name:<9}", "bold"), f"{value:>8}")
            for (axis, at), (name, value) in zip_longest(axes, right, fillvalue=(" ", ""))
        ]
