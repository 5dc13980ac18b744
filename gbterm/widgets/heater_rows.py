"""The heaters to choose from, a row each, and the fans."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive

from gbterm.widgets.bars import NARROW
from gbterm.widgets.panel import Line, Panel
from gbterm.widgets.readings import heater_line
from gbterm.widgets.slices import Heater


@dataclass(frozen=True, slots=True)
class Row:
    """A heater, its letter in the chart, and the target that is on its way."""

    heater: Heater
    mark: str
    wished: str = ""


@dataclass(frozen=True, slots=True)
class Heaters:
    """The rows, which of them is selected, the fans and the chart's minutes in words."""

    rows: tuple[Row, ...] = ()
    selected: int = 0
    fans: str = ""
    minutes: str = ""


class HeaterRows(Panel):
    """Current and target in °C, the trend, and what the heater does in a word."""

    shown: reactive[Heaters] = reactive(Heaters(), repaint=False)

    def watch_shown(self) -> None:
        """Something changed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """A line a heater, the fans, and what the chart shows; 40 cells wide."""
        shown = self.shown
        return [
            *(
                self._row(row, width, is_selected=index == shown.selected)
                for index, row in enumerate(shown.rows)
            ),
            Content.assemble(("    Fans      ", "bold"), f"{shown.fans}, f sets them").truncate(
                width, ellipsis=True
            ),
            Content.assemble(
                ("    Keys      ", "bold"),
                "↑ ↓ heater, ← → 1 °C, - + 10 °C" if width >= NARROW else "← → 1, - + 10 °C",
                f", w {shown.minutes}{', t tunes' if width >= NARROW else ''}",
            ),
        ]

    def _row(self, row: Row, width: int, *, is_selected: bool) -> Content:
        style = "bold reverse" if is_selected else "bold"
        word = f"to {row.wished} °C ..." if row.wished else ""
        line = heater_line(row.heater, width - 4, style, word)
        return Content.assemble((f"{'>' if is_selected else ' '} {row.mark} ", "bold"), line)
