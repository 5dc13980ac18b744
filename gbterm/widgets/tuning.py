"""What a person changes in mid-print, each with the keys that change it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.reactive import reactive

from gbterm.widgets.panel import Line, Panel
from gbterm.widgets.slices import Overrides

KEYS = {
    "speed_up": "- + 5 %, e types",
    "flow_up": ", . 1 %, f types",
    "job_fan": "b types, o is off",
    "babystep_up": "d u {step:g} mm, z step",
}
"""What the keys of the job's screen do, by an action that tells whether they may."""


class TuningPanel(Panel):
    """Speed, flow, fans and babysteps; keys are named only while they do something."""

    overrides: reactive[Overrides] = reactive(Overrides(), repaint=False)
    possible: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)
    step_mm: reactive[float] = reactive(0.0, repaint=False)
    """Of a babystep."""

    def watch_overrides(self) -> None:
        """One of them changed."""
        self.redraw()

    def watch_possible(self) -> None:
        """A key became possible or impossible."""
        self.redraw()

    def watch_step_mm(self) -> None:
        """Another step."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """At most 38 cells wide, a row for each."""
        return [
            Content.assemble(
                (f"{name:<9}", "bold"), f"{value:>8}  ", (self._keys(action), "dim")
            ).truncate(width, ellipsis=True)
            for name, value, action in self._rows()
        ]

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        told = self.overrides
        yield "Speed", told.speed, "speed_up"
        yield "Flow", told.flow, "flow_up"
        for index, (name, percent) in enumerate(told.fans):
            yield name, percent, "" if index else "job_fan"
        if told.babystep or "babystep_up" in self.possible:
            yield "Babystep", told.babystep or "0 mm", "babystep_up"

    def _keys(self, action: str) -> str:
        return KEYS[action].format(step=self.step_mm) if action in self.possible else ""
