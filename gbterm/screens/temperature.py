"""The heaters over time, their targets, and the fans."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.binding import BindingType
from textual.containers import Container
from textual.reactive import var
from textual.timer import Timer
from textual.widget import Widget

from gbterm import temperatures
from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError
from gbterm.model import PrinterState
from gbterm.pid_tuning import PidTuning
from gbterm.screens.ask import AskScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.frame import screen_bindings
from gbterm.screens.numbers import fan_percent, number
from gbterm.screens.pid import PidScreen
from gbterm.screens.targets import TargetScreen
from gbterm.temperatures import spoken
from gbterm.widgets import slices
from gbterm.widgets.curves import curves, marks
from gbterm.widgets.heater_rows import HeaterRows, Heaters, Row
from gbterm.widgets.words import doubt

if TYPE_CHECKING:
    from gbterm.widgets.chart import Chart

DRAW_EVERY_S, DRAW_EVERY_S_WHEN_SLOW = 2.0, 10.0
SPANS_MIN = (10.0, 30.0, 60.0)
TUNED_NOZZLE_C, TUNED_BED_C = 200.0, 60.0
FIRST_SPANS_MIN = (2.0, 5.0)
"""In place of the first of them while nothing older is known."""


class TemperatureScreen(TargetScreen):
    """A row a heater, and the chart of all of them."""

    NAME = "temperature"
    CSS_PATH = "temperature.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("temperature")

    course = getters.query_one("#course", Container)

    shown: var[Heaters] = var(Heaters())
    minutes: var[float] = var(SPANS_MIN[0])
    """What was chosen."""
    span_min: var[float] = var(SPANS_MIN[0])
    """What is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: Chart | None = None
        self._drawing: Timer | None = None

    def content(self) -> Iterable[Widget]:
        """The rows, and below them the chart."""
        yield self.status_panel()
        yield HeaterRows().data_bind(TemperatureScreen.shown)
        yield Container(id="course")

    def on_mount(self) -> None:
        """Draw only while somebody looks."""
        super().on_mount()
        every_s = DRAW_EVERY_S_WHEN_SLOW if self.app.terminal.slow else DRAW_EVERY_S
        self._drawing = self.set_interval(every_s, self.draw, pause=True)

    def on_screen_suspend(self) -> None:
        """Another screen lies on top."""
        if self._drawing is not None:
            self._drawing.pause()

    async def on_screen_resume(self) -> None:
        """The chart is made when it is first looked at: its library takes memory and time."""
        if self._chart is None:
            from gbterm.widgets.chart import Chart

            self._chart = Chart(self.app.draws)
            await self.course.mount(self._chart)
            self.run_worker(self._recall(), exit_on_error=False)
        if self._drawing is not None:
            self._drawing.resume()
        self.call_after_refresh(self.draw)

    async def _recall(self) -> None:
        """Draw also what was before the console came."""
        if Capability.TEMPERATURE_HISTORY in self.app.backend.capabilities:
            with suppress(GbtermError):  # then the chart begins with the console
                before = await self.app.backend.temperature_history()
                self.app.temperatures.recall(before, self.app.clock())
                self.draw()

    def on_resize(self) -> None:
        """There are more columns or fewer."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Draw what has changed of the chart, and of the trends."""
        if self._chart is None:
            return
        now = self.app.clock()
        samples = self.app.temperatures.since(now - self.minutes * 60)
        self.span_min = self._fitting((now - samples[0].at) / 60 if samples else 0.0)
        marked = marks(list(temperatures.heaters(self.app.state)))
        self._chart.minutes = self.span_min
        self._chart.curves = curves(samples, marked, now, self.span_min * 60, self._chart.columns)
        self.show_heaters()

    def _fitting(self, known_min: float) -> float:
        """How much time is drawn where so much is known of it."""
        if self.minutes > SPANS_MIN[0]:
            return self.minutes
        return next((span for span in FIRST_SPANS_MIN if known_min <= span), self.minutes)

    def show_state(self, state: PrinterState) -> None:
        """Say also what the heaters do."""
        super().show_state(state)
        self.show_heaters()

    def show_heaters(self) -> None:
        """A row each, in the order of the dashboard."""
        state, is_old = self.app.state, self.app.fresh.is_old
        told = slices.heaters(state, self.app.trend, is_old=is_old)
        names = list(temperatures.heaters(state))
        marked = marks(names)
        rows = tuple(
            Row(
                heater,
                marked[name],
                "" if (wished := self.settling.wished(name)) is None else f"{wished:g}",
            )
            for name, heater in zip(names, told, strict=True)
        )
        mark = doubt(is_old)
        fans = "  ".join(
            f"{fan}: {percent:.0f} %{mark}" for fan, percent in sorted(state.fans.items())
        )
        selected = min(self.selected, len(rows) - 1)
        self.shown = Heaters(rows, selected, fans or "not told", f"{self.span_min:g} min")

    def action_chart_span(self) -> None:
        """The next span."""
        self.minutes = SPANS_MIN[(SPANS_MIN.index(self.minutes) + 1) % len(SPANS_MIN)]
        self.draw()

    def action_tune(self) -> None:
        """Follow the tuning under way, or ask for a temperature, then whether."""
        self.app.perform(self._tune)

    async def _tune(self) -> None:
        tune = self.app.backend.tune_pid
        told = await self.app.backend.pid_tuning()
        if told.is_running:
            self.app.push_screen(PidScreen(told))
            return
        heater, reading = self.heater
        title = f"Tune {spoken(heater, begins=False)} at which temperature?"
        note = "In °C, best what you print with; a fan that runs then should run now."
        usual = reading.target or (TUNED_BED_C if heater == "bed" else TUNED_NOZZLE_C)
        check = partial(number, what="It", least=0, most=self._most(heater), unit="°C")
        ask: AskScreen[float] = AskScreen(title, check, note=note, value=f"{usual:g}")
        if (target := await self.app.push_screen_wait(ask)) is None:
            return

        async def show() -> None:
            self.app.push_screen(PidScreen(PidTuning(heater, target)))

        self.app.perform(
            partial(tune, heater, target),
            agreed=show,
            asks=partial(
                ConfirmScreen, yes="Tune it", no="Don't", overtaken=self.app.can_not_begin
            ),
        )

    def action_set_fan(self) -> None:
        """Ask for a fan and its speed."""

        def take(fan: tuple[int, float] | None) -> None:
            if fan is not None:
                self.app.perform(partial(self.app.backend.set_fan, *fan))

        note = "Percent for fan 0, or a fan's number and percent, as 1 50; 0 % is off."
        value = f"{self.app.state.fans.get(0, 0):.0f}"
        self.app.push_screen(
            AskScreen("How quick is the fan?", fan_percent, note=note, value=value), take
        )
