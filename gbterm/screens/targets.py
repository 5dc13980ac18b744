"""Setting targets: turned by keys, typed, by presets, and off."""

from __future__ import annotations

from functools import partial

from textual.reactive import var
from textual.timer import Timer

from gbterm.errors import GbtermError
from gbterm.model import PrinterState, Temperature
from gbterm.screens.ask import AskScreen
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.frame import PrinterScreen
from gbterm.screens.numbers import number
from gbterm.screens.stop import StopScreen
from gbterm.settling import Settling
from gbterm.temperatures import heaters, spoken

LOOK_EVERY_S = 0.1
BEYOND_C = 999.0
"""What may be typed where nobody tells the limits; the printer's host refuses what is too much."""

_TURNS = ("warmer", "cooler", "much_warmer", "much_cooler", "set_target", "heater_off")


class TargetScreen(PrinterScreen):
    """One heater is selected; what is turned is sent where it comes to rest."""

    selected: var[int] = var(0)

    def __init__(self) -> None:
        super().__init__()
        self.settling = Settling()
        self._looking: Timer | None = None

    def on_mount(self) -> None:
        """Wait for keys."""
        super().on_mount()
        self._looking = self.set_interval(LOOK_EVERY_S, self._look, pause=True)

    def show_state(self, state: PrinterState) -> None:
        """What was sent may have come about."""
        for heater, reading in heaters(state).items():
            self.settling.told(heater, reading.target)
        super().show_state(state)

    def show_heaters(self) -> None:
        """Draw the heaters again."""

    @property
    def heater(self) -> tuple[str, Temperature]:
        """The selected heater by its name on the wire, and what it is at."""
        known = list(heaters(self.app.state).items())
        return known[min(self.selected, len(known) - 1)]

    def impossible(self) -> set[str]:
        """A heater that is only measured takes no target."""
        return set(_TURNS) if self.heater[1].target is None else set()

    def action_heater_before(self) -> None:
        """The one above."""
        self._select(-1)

    def action_heater_after(self) -> None:
        """The one below."""
        self._select(1)

    def _select(self, by: int) -> None:
        self.selected = min(max(self.selected + by, 0), len(heaters(self.app.state)) - 1)
        self.update_possible()
        self.show_heaters()

    # Turned by keys

    def action_warmer(self) -> None:
        """By 1 °C."""
        self._turn(1)

    def action_cooler(self) -> None:
        """By 1 °C."""
        self._turn(-1)

    def action_much_warmer(self) -> None:
        """By 10 °C."""
        self._turn(10)

    def action_much_cooler(self) -> None:
        """By 10 °C."""
        self._turn(-10)

    def _turn(self, by: int) -> None:
        heater, reading = self.heater
        wished = self.settling.wished(heater)
        now = (reading.target or 0.0) if wished is None else wished
        most = self._most(heater)
        if now + by > most:
            self.app.clear_notifications()
            self.app.say(f"{spoken(heater)} may be set up to {most:g} °C.", "warning")
        self.settling.wish(heater, min(max(now + by, 0.0), max(most, now)), self.app.clock())
        if self._looking is not None:
            self._looking.resume()
        self.show_heaters()

    def _most(self, heater: str) -> float:
        limits = self.app.backend.limits
        if limits is None:
            return BEYOND_C
        others = {"bed": limits.bed_max, "chamber": limits.chamber_max}
        return others.get(heater, limits.nozzle_max)

    def _look(self) -> None:
        """Send what came to rest, unless the printer was stopped meanwhile."""
        if isinstance(self.app.screen, StopScreen) or "set_target" not in self.app.possible:
            self.settling.forget_all()
        for heater, target in self.settling.due(self.app.clock()).items():
            self.app.perform(partial(self._set, heater, target))
        if not self.settling and self._looking is not None:
            self._looking.pause()
        self.show_heaters()

    async def _set(self, heater: str, target: float) -> None:
        try:
            await self._set_all({heater: target})
        except GbtermError:
            self.settling.forget(heater)
            raise

    async def _set_all(self, targets: dict[str, float]) -> None:
        nozzles = {
            int(heater.removeprefix("nozzle")) - 1: target
            for heater, target in targets.items()
            if heater.startswith("nozzle")
        }
        bed, chamber = targets.get("bed"), targets.get("chamber")
        await self.app.backend.set_temperature(nozzles=nozzles, bed=bed, chamber=chamber)

    # Typed

    def action_set_target(self) -> None:
        """Ask for the selected heater's."""
        heater, reading = self.heater
        most = self._most(heater)

        def check(text: str) -> float:
            return number(text, spoken(heater), 0, most, "°C")

        def take(target: float | None) -> None:
            if target is not None:
                self.settling.forget(heater)
                self.app.perform(partial(self._set, heater, target))

        limit = "" if self.app.backend.limits is None else f", up to {most:g}"
        title, note = f"{spoken(heater)}: target in °C", f"In °C{limit}; 0 is off."
        value = f"{reading.target or 0:g}"
        self.app.push_screen(AskScreen(title, check, note=note, value=value), take)

    # Off, and by name

    def action_heater_off(self) -> None:
        """Turn the selected heater off."""
        heater, _ = self.heater
        self._off(spoken(heater), {heater: 0.0})

    def action_cool_down(self) -> None:
        """Turn all off."""
        known = heaters(self.app.state).items()
        self._off("Every heater", {name: 0.0 for name, at in known if at.target is not None})

    def _off(self, what: str, targets: dict[str, float]) -> None:
        """At once; where a print needs its heat, after a question."""

        async def off() -> None:
            for heater in targets:
                self.settling.forget(heater)
            await self._set_all(targets)

        def answered(sure: bool | None) -> None:
            if sure:
                self.app.perform(off)

        if not self.app.state.phase.is_printing:
            answered(True)
            return
        question = f"{what} is turned off, and the print goes on without its heat. Turn it off?"
        self.app.push_screen(ConfirmScreen(question, yes="Turn off", no="Keep heating"), answered)

    def action_apply_preset(self) -> None:
        """Choose one of the presets."""
        self.app.perform(self._choose_preset)

    async def _choose_preset(self) -> None:
        presets = await self.app.backend.presets()
        if not presets:
            self.app.say("There are no presets: the configuration names none that the limits let.")
            return
        offered = [(preset.name, preset.about) for preset in presets]
        chosen = await self.app.push_screen_wait(ChooseScreen("Which preset?", offered))
        if chosen is None:
            return
        preset, nozzle = presets[chosen], None
        if (count := len(self.app.state.nozzles)) > 1 and preset.nozzle is not None:
            which = [("All nozzles", ""), *((f"Nozzle {i + 1}", "") for i in range(count))]
            place = await self.app.push_screen_wait(ChooseScreen("For which nozzle?", which))
            if place is None:
                return
            nozzle = place - 1 if place else None
        self.app.run_preset(preset, nozzle)
