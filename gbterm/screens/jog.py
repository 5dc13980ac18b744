"""Moving by hand: the head, homing, filament, motors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.reactive import var
from textual.widget import Widget

from gbterm import pacing
from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError
from gbterm.events import Event, PositionReported
from gbterm.model import PrinterState
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Call
from gbterm.screens.bed import BedScreen
from gbterm.screens.board_settings import BoardSettingsScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.corners import CornersScreen
from gbterm.screens.e_steps import calibrate
from gbterm.screens.frame import PrinterScreen, screen_bindings
from gbterm.screens.hand import HandScreen
from gbterm.screens.numbers import place
from gbterm.widgets.advice import Advice, advice, why_no_filament
from gbterm.widgets.hand import HandPanel, KeyMap
from gbterm.widgets.message_list import MessageList

FILAMENT_MM_S = 5.0
FARTHEST_MM = 10_000.0

_MOVES = ("jog_left", "jog_right", "jog_back", "jog_front", "jog_up", "jog_down", "go_to")
_HOMES = ("home", "home_x", "home_y", "home_z")
_FILAMENT = ("extrude", "retract")


class JogScreen(HandScreen):
    """Keys that move at once, and never more than a second of motion ahead of the person."""

    NAME = "jog"
    CSS_PATH = "jog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("jog")

    advice: var[str] = var("")
    busy: var[str] = var("")
    """What has to end before the next motion, as `Homing`."""

    def content(self) -> Iterable[Widget]:
        """The keys as they lie beside how they move."""
        self.pacer = pacing.Pacer(lambda: self.app.clock())
        yield self.status_panel()
        yield Container(
            KeyMap().data_bind(PrinterScreen.possible),
            HandPanel().data_bind(PrinterScreen.motion, PrinterScreen.possible, HandScreen.hand),
            id="hand",
        )
        yield Advice().data_bind(text=JogScreen.advice)
        yield MessageList().data_bind(PrinterScreen.messages)

    # What is true

    def on_mount(self) -> None:
        """Hear of what the printer took."""
        super().on_mount()
        self._unsubscribe = self.app.backend.subscribe(self._heard)

    def on_unmount(self) -> None:
        """Let go of the backend."""
        self._unsubscribe()

    def _heard(self, event: Event, _: PrinterState) -> None:
        if isinstance(event, PositionReported):
            self.pacer.taken()

    def update_possible(self) -> None:
        """Find out again what can be done, and why not."""
        super().update_possible()
        self.advice = advice(self.app.state, self.chosen_tool, self.busy)

    def impossible(self) -> set[str]:
        """Nothing moves behind a homing, no filament in a cold nozzle."""
        is_cold = why_no_filament(self.app.state, self.chosen_tool)
        behind = {*_MOVES, *_HOMES, *_FILAMENT, "motors_off"} if self.busy else set[str]()
        return behind | (set(_FILAMENT) if is_cold else set())

    # Moving

    def action_jog_left(self) -> None:
        """X to the left."""
        self._jog("x", -1)

    def action_jog_right(self) -> None:
        """X to the right."""
        self._jog("x", 1)

    def action_jog_back(self) -> None:
        """Y to the back."""
        self._jog("y", 1)

    def action_jog_front(self) -> None:
        """Y to the front."""
        self._jog("y", -1)

    def action_jog_up(self) -> None:
        """Z up."""
        self._jog("z", 1)

    def action_jog_down(self) -> None:
        """Z down."""
        self._jog("z", -1)

    def _jog(self, axis: str, sign: int) -> None:
        distance = {axis: sign * self.hand.step_mm}
        rate = self._rate(distance)
        move = partial(self.app.backend.move, **distance, rate_mm_s=rate)  # type: ignore[arg-type]
        self._paced(distance, rate, move)

    def _rate(self, axes: Mapping[str, float]) -> float:
        return self.hand.z_mm_s if set(axes) == {"z"} else self.hand.xy_mm_s

    def _paced(
        self, distances: Mapping[str, float], rate_mm_s: float, call: Call, *, is_told: bool = True
    ) -> None:
        """Do it, unless too much is under way: what a held key asks beyond that is dropped.

        `is_told` where a position follows once the board took it.
        """
        quickest = pacing.top_speeds(self.app.backend.machine)
        motion_s = pacing.seconds(distances, rate_mm_s, self.app.state.speed_percent, quickest)
        if not self.pacer.admits(motion_s):
            return

        async def move() -> None:
            try:
                await call()
            except BaseException:
                self.pacer.refused()
                raise
            if not is_told:
                self.pacer.taken()

        self.pacer.ask(motion_s)
        self.app.perform(move)

    def action_home(self) -> None:
        """Home all axes."""
        self._home("xyz")

    def action_home_x(self) -> None:
        """Home X alone."""
        self._home("x")

    def action_home_y(self) -> None:
        """Home Y alone."""
        self._home("y")

    def action_home_z(self) -> None:
        """Home Z alone."""
        self._home("z")

    def _home(self, axes: str) -> None:
        home = partial(self.app.backend.home, axes)
        self.app.perform(partial(self._to_its_end, f"Homing {axes.upper()}", home))

    async def _to_its_end(self, what: str, call: Call) -> None:
        """Do it, and let nothing else begin before the head has come to rest."""
        self._show_busy(what)
        self.pacer.ask(0.0)
        try:
            await call()
            if Capability.GCODE in self.app.backend.capabilities:
                # Marlin answers it once all moves are made.
                with suppress(GbtermError):
                    await self.app.backend.send_gcode("M400")
                self.pacer.taken()
        except BaseException:
            self.pacer.refused()
            raise
        finally:
            self._show_busy("")

    def _show_busy(self, what: str) -> None:
        self.busy = what
        self.update_possible()

    def action_bed(self) -> None:
        """Show how it lies."""
        self.app.push_screen(BedScreen())

    def action_level(self) -> None:
        """Ask, go to the first corner, then tell what to do."""
        visit = self.app.backend.visit_corner

        async def begin() -> None:
            self.app.say("Homing, then to the first corner ...")
            await visit(0, confirmed=True)

        async def tell() -> None:
            self.app.clear_notifications()
            self.app.push_screen(CornersScreen())

        self.app.perform(
            partial(visit, 0),
            agreed=begin,
            asks=partial(ConfirmScreen, yes="Begin", no="Don't"),
            then=tell,
        )

    def action_z_offset(self) -> None:
        """Tell old and new, ask, then store it."""
        save = self.app.backend.save_z_offset

        async def done() -> None:
            self.app.say("The offset of Z is stored.")

        self.app.perform(
            save,
            agreed=partial(save, confirmed=True),
            asks=partial(ConfirmScreen, yes="Store it", no="Don't"),
            then=done,
        )

    def action_go_to(self) -> None:
        """Ask where to."""
        note = "X Y Z in mm, as 100 100 20, or only some, as z20. They count from where it homed."
        self.app.push_screen(
            AskScreen("Move to which place?", lambda text: place(text, FARTHEST_MM), note=note),
            self._go_to,
        )

    def _go_to(self, to: dict[str, float] | None) -> None:
        if to is None:
            return
        if "go_to" not in self.possible:
            self.app.say(self.advice, "warning")
            return
        what = "On the way to " + " ".join(f"{axis.upper()}{mm:g}" for axis, mm in to.items())
        self.app.perform(partial(self._to_its_end, what, partial(self._travel, to)))

    async def _travel(self, to: Mapping[str, float]) -> None:
        """Up before it goes sideways, down after: nothing is in the way up there.

        Of what an emergency stop has ended nothing follows.
        """
        stopping = self.app.stopping
        z = to.get("z")
        here = None if self.app.fresh.is_old else self.app.state.position.z
        is_up = z is not None and (here is None or z > here)
        level = {axis: mm for axis, mm in to.items() if axis != "z"}
        height = {} if z is None else {"z": z}
        for leg in (height, level) if is_up else (level, height):
            if leg and self.app.stopping is stopping:
                rate = self._rate(leg)
                await self.app.backend.move(**leg, relative=False, rate_mm_s=rate)

    def action_e_steps(self) -> None:
        """Step by step, left at any of them."""
        self.app.perform(partial(calibrate, self.app, self.chosen_tool))

    def action_board_settings(self) -> None:
        """What the board keeps."""
        self.app.push_screen(BoardSettingsScreen())

    def action_motors_off(self) -> None:
        """Free the motors."""

        async def say() -> None:
            self.app.say("The motors are free and lose their place: home before the next move.")

        free = partial(self.app.backend.set_steppers, enabled=False)
        self.app.perform(free, then=say)

    # Filament

    def action_extrude(self) -> None:
        """Push filament."""
        self._feed_filament(1)

    def action_retract(self) -> None:
        """Pull it back."""
        self._feed_filament(-1)

    def _feed_filament(self, sign: int) -> None:
        length = self.hand.filament_mm
        move = partial(
            self.app.backend.extrude,
            sign * length,
            nozzle=self.chosen_tool,
            rate_mm_s=FILAMENT_MM_S,
        )
        self._paced({"e": length}, FILAMENT_MM_S, move, is_told=False)
