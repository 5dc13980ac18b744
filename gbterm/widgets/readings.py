"""Temperatures, position, overrides and fans."""

from __future__ import annotations

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
    """A line for each heater: current and target in °C and what it does, in a word."""

    heaters: reactive[tuple[Heater, ...]] = reactive((), repaint=False)

    def watch_heaters(self) -> None:
        """A temperature changed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """At most 36 cells wide."""
        del width
        return [
            Content.assemble(
                (f"{heater.name:<10}", "bold"),
                f"{heater.current:>3} / {heater.target:>3} °C  ",
                (heater.word, _WORD_STYLE.get(heater.word, "")),
            )
            for heater in self.heaters
        ]


class MotionPanel(Panel):
    """Three lines: axes on the left, speed, flow and fans on the right."""

    motion: reactive[Motion] = reactive(Motion(), repaint=False)

    def watch_motion(self) -> None:
        """The head moved, or an override or fan changed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """At most 32 cells wide with one fan."""
        del width
        motion = self.motion
        right = (("Speed", motion.speed), ("Flow", motion.flow), ("Fan", motion.fans))
        return [
            Content.assemble(
                (axis, "bold"), f" {value:>8}    ", (f"{name:<6}", "bold"), f"{percent:>6}"
            )
            for axis, value, (name, percent) in zip("XYZ", motion.position, right, strict=True)
        ]
