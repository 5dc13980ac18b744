"""Moving by hand: which key leads where, and how the next one moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive

from gbterm.keymap.jog import STEPS_MM
from gbterm.widgets.panel import Line, Panel
from gbterm.widgets.slices import Motion


@dataclass(frozen=True, slots=True)
class Hand:
    """How the next key moves; `tool` and `motors` are in words."""

    step_mm: float = 1.0
    xy_mm_s: float = 50.0
    z_mm_s: float = 5.0
    filament_mm: float = 5.0
    tool: str = ""
    motors: str = ""

    @property
    def rates(self) -> str:
        """The feed rates in words."""
        return f"{self.xy_mm_s:g} mm/s, Z {self.z_mm_s:g} mm/s"


_MAP = (
    "         {Y+:jog_back}               {Z+:jog_up}",
    "         {↑ :jog_back}              {PgUp:jog_up}",
    "  {X- ←:jog_left}     {→ X+:jog_right}",
    "         {↓ :jog_front}              {PgDn:jog_down}",
    "         {Y-:jog_front}               {Z-:jog_down}",
    "",
    "Home  {h all:home}   {x X:home_x}   {y Y:home_y}   {z Z:home_z}",
)
"""As the keys lie; in braces a text and the action that it stands for."""


class KeyMap(Panel):
    """The keys that move; those that do nothing now are dim, and the screen says why."""

    possible: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)

    def watch_possible(self) -> None:
        """A key became possible or impossible."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Seven, 32 cells wide."""
        del width
        return [Content.assemble(*self._parts(row)) for row in _MAP]

    def _parts(self, row: str) -> Iterable[tuple[str, str]]:
        plain, *marked = row.split("{")
        yield plain, ""
        for part in marked:
            named, _, rest = part.partition("}")
            text, _, action = named.partition(":")
            yield text, "bold" if action in self.possible else "dim"
            yield rest, ""


class HandPanel(Panel):
    """Where the head is, and how the next key moves it."""

    motion: reactive[Motion] = reactive(Motion(), repaint=False)
    hand: reactive[Hand] = reactive(Hand(), repaint=False)
    possible: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)

    def watch_motion(self) -> None:
        """The head moved."""
        self.redraw()

    def watch_hand(self) -> None:
        """Something is set otherwise."""
        self.redraw()

    def watch_possible(self) -> None:
        """A key became possible or impossible."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Six, 40 cells wide."""
        hand = self.hand
        fans = ", ".join(f"{name} {percent}" for name, percent in self.motion.overrides.fans)
        rows = (
            self._row("Feed rate", ("f:set_feed_rate", hand.rates)),
            self._row(
                "Filament",
                ("l:set_filament_length", f"{hand.filament_mm:g} mm"),
                ("e:extrude", "push"),
                ("r:retract", "retract"),
            ),
            self._row("Nozzle", ("t:next_tool", hand.tool)),
            self._row("Motors", ("m:motors_off", hand.motors), ("", fans)),
        )
        return [self._position(), self._steps(), *(row.truncate(width) for row in rows)]

    def _position(self) -> Content:
        placed = zip("XYZ", self.motion.position, strict=True)
        return Content.styled("  ".join(f"{axis} {value:>7}" for axis, value in placed), "bold")

    def _steps(self) -> Content:
        parts = [("Step      ", "bold")]
        for key, mm in enumerate(STEPS_MM.values(), 1):
            ends = "[]" if mm == self.hand.step_mm else "  "
            parts += [(ends[0], ""), (str(key), "reverse"), (f" {mm:g}{ends[1]}", "")]
        return Content.assemble(*parts, " mm")

    def _row(self, name: str, *told: tuple[str, str]) -> Content:
        """A name, and what there is to tell, each behind the key that changes it."""
        parts: list[tuple[str, str]] = [(f"{name:<10}", "bold")]
        for named, text in told:
            key, _, action = named.partition(":")
            style = "reverse" if action in self.possible else "dim"
            parts += [(key, style), (f" {text}  ", "")]
        return Content.assemble(*parts)
