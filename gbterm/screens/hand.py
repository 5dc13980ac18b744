"""How the next key of the Jog screen moves: how far, how quickly, which filament."""

from __future__ import annotations

from dataclasses import replace

from textual.reactive import var

from gbterm.errors import UsageError
from gbterm.keymap.jog import STEPS_MM
from gbterm.model import PrinterState
from gbterm.screens.ask import AskScreen
from gbterm.screens.frame import PrinterScreen
from gbterm.screens.numbers import number
from gbterm.widgets.hand import Hand
from gbterm.widgets.words import degrees, doubt

LEAST_MM_S = 0.1
QUICKEST_MM_S = 500.0
"""Where the printer's host tells of no limit."""
LONGEST_FILAMENT_MM = 200.0
"""Marlin's EXTRUDE_MAXLENGTH."""

_MOTORS = {None: "unknown", True: "hold", False: "free"}


class HandScreen(PrinterScreen):
    """What is chosen here stays until the console is left."""

    hand: var[Hand] = var(Hand())
    tool: var[int | None] = var(None)
    """The nozzle that was chosen, from 0; None for the active one."""

    def show_state(self, state: PrinterState) -> None:
        """Say also which nozzle and motors there are."""
        super().show_state(state)
        self.show_hand()

    def show_hand(self, **changed: float) -> None:
        """Take over what was `changed` of `hand`, and what the printer says."""
        state, tool = self.app.state, self.chosen_tool
        nozzle = state.nozzles[tool]
        which = f"{tool + 1} of {len(state.nozzles)}, " if len(state.nozzles) > 1 else ""
        self.hand = replace(
            self.hand,
            tool=f"{which}{degrees(nozzle.current)} °C{doubt(self.app.fresh.is_old)}",
            motors=_MOTORS[state.steppers_enabled],
            **changed,
        )
        self.update_possible()

    @property
    def chosen_tool(self) -> int:
        """The nozzle whose filament is moved, from 0."""
        wanted = self.app.state.active_nozzle if self.tool is None else self.tool
        return min(wanted, len(self.app.state.nozzles) - 1)

    def action_next_tool(self) -> None:
        """Take the next nozzle for filament."""
        self.tool = (self.chosen_tool + 1) % len(self.app.state.nozzles)
        self.show_hand()

    def action_step_tenth(self) -> None:
        """A tenth of a millimetre."""
        self.show_hand(step_mm=STEPS_MM["step_tenth"])

    def action_step_one(self) -> None:
        """One millimetre."""
        self.show_hand(step_mm=STEPS_MM["step_one"])

    def action_step_ten(self) -> None:
        """Ten millimetres."""
        self.show_hand(step_mm=STEPS_MM["step_ten"])

    def action_step_hundred(self) -> None:
        """A hundred millimetres."""
        self.show_hand(step_mm=STEPS_MM["step_hundred"])

    def action_set_feed_rate(self) -> None:
        """Ask for the feed rates."""
        limits = self.app.backend.limits
        most = QUICKEST_MM_S if limits is None else limits.feed_max_mm_s

        def check(text: str) -> tuple[float, float]:
            first, *rest = text.split() or [""]
            if len(rest) > 1:
                raise UsageError("Type one number for X and Y, or two, the second one for Z.")
            xy = number(first, "The feed rate", LEAST_MM_S, most, "mm/s")
            z = number(rest[0], "That of Z", LEAST_MM_S, most, "mm/s") if rest else None
            return xy, self.hand.z_mm_s if z is None else z

        def take(rates: tuple[float, float] | None) -> None:
            if rates is not None:
                self.show_hand(xy_mm_s=rates[0], z_mm_s=rates[1])

        now = f"{self.hand.xy_mm_s:g} {self.hand.z_mm_s:g}"
        note = f"In mm/s, up to {most:g}: for X and Y, and a second number for Z."
        self.app.push_screen(AskScreen("How quickly?", check, note=note, value=now), take)

    def action_set_filament_length(self) -> None:
        """Ask for the length."""

        def check(text: str) -> float:
            return number(text, "The length", 0.1, LONGEST_FILAMENT_MM, "mm")

        def take(length_mm: float | None) -> None:
            if length_mm is not None:
                self.show_hand(filament_mm=length_mm)

        note = f"In mm, up to {LONGEST_FILAMENT_MM:g}."
        now = f"{self.hand.filament_mm:g}"
        title = "How much filament is a key?"
        self.app.push_screen(AskScreen(title, check, note=note, value=now), take)
