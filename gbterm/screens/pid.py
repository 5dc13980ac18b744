"""The tuning of a heater: its curve while it swings, what was found, setting and storing that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from gbterm.errors import GbtermError
from gbterm.model import PrinterState
from gbterm.pid_tuning import PidTuning
from gbterm.screens.base import Call, Console
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.dialog import Dialog
from gbterm.temperatures import heaters, spoken
from gbterm.text import scrub
from gbterm.widgets.curves import curves, marks

if TYPE_CHECKING:
    from gbterm.widgets.chart import Chart

DRAW_EVERY_S, DRAW_EVERY_S_WHEN_SLOW = 2.0, 10.0
LOOK_EVERY_S = 2.0
NEAR_C = 20.0
"""From so far below the target on, the curve is shown as large as it can be."""
RUNNING_HINT = "Esc stops it, and the heater is off then."
DONE_HINT = "a sets what was found, s stores what is set, Esc closes."
ENDED_HINT = "Esc closes."


class PidScreen(Dialog[None]):
    """Begins to tune as it opens, or follows the tuning that somebody else began."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Stop or close", show=False),
        Binding("a", "apply", "Set", show=False),
        Binding("s", "store", "Store", show=False),
    ]
    WIDE = True

    app = getters.app(Console)
    news = getters.query_one("#news", Static)
    course = getters.query_one("#course", Container)
    found = getters.query_one("#found", Static)
    keys = getters.query_one("#hint", Static)

    def __init__(self, tuning: PidTuning) -> None:
        """`tuning` is under way, or has its heater and target alone."""
        super().__init__()
        self.tuning, self._begins = tuning, not tuning.is_running
        self._is_set = self._leaves_it = False
        self._began_at = 0.0
        self._chart: Chart | None = None
        self._looking: Timer | None = None
        self._drawing: Timer | None = None

    def head(self) -> Iterable[Widget]:
        """What is tuned, how far it is, and its curve."""
        what = spoken(self.tuning.heater, begins=False)
        yield Static(Content(f"Tuning {what} at {self.tuning.target:g} °C"), classes="title")
        yield Static(Content("It heats up ..."), id="news")
        yield Container(id="course")

    def text(self) -> Iterable[Widget]:
        """Old values and new ones."""
        yield Static(id="found")

    def hint(self) -> str:
        """What the keys do now."""
        if self.tuning.is_running or self._begins:
            return RUNNING_HINT
        return DONE_HINT if self.tuning.changes else ENDED_HINT

    def on_mount(self) -> None:
        """The chart's library takes memory and time, so it is imported here."""
        from gbterm.widgets.chart import Chart

        super().on_mount()
        self._began_at = self.app.clock()
        self._chart = Chart(self.app.draws)
        self.course.mount(self._chart)
        every_s = DRAW_EVERY_S_WHEN_SLOW if self.app.terminal.slow else DRAW_EVERY_S
        self._drawing = self.set_interval(every_s, self._draw)
        self.call_after_refresh(self._draw)
        self.watch(self.app, "state", self._follow, init=False)
        if self._begins:
            self._tune()
        else:
            self._looking = self.set_interval(LOOK_EVERY_S, self._look)

    @work(exit_on_error=False)
    async def _tune(self) -> None:
        wanted, tune = self.tuning, self.app.backend.tune_pid
        try:
            told = await tune(wanted.heater, wanted.target, wanted.cycles, confirmed=True)
        except GbtermError as error:
            told = replace(wanted, state="failed", why=str(error))
        self._begins = False
        self._show(told)

    @work(exit_on_error=False, exclusive=True)
    async def _look(self) -> None:
        """Somebody else waits for its end."""
        with suppress(GbtermError):  # asked again
            told = await self.app.backend.pid_tuning()
            if not told.is_running and self._looking is not None:
                self._looking.stop()
                self._show(told)

    def _show(self, told: PidTuning) -> None:
        self.tuning = told
        if self.is_open:
            self.found.update(Content("\n".join(map(scrub, told.rows))))
            self._tell(told.head)
            self._draw()
            if self._drawing is not None and not told.is_running:
                # The curve is looked at beside what was found.
                self._drawing.stop()

    def _tell(self, news: str) -> None:
        if self.is_open:
            self.news.update(Content(scrub(news)))
            self.keys.update(Content(self.hint()))
            self.fit()

    def _follow(self, state: PrinterState) -> None:
        if "swing" in state.waiting_for:
            self._tell(f"Waiting for {state.waiting_for}.")

    def _draw(self) -> None:
        """All of it while it heats up, its swings once it is near."""
        chart = self._chart
        if chart is None or not self.is_open:
            return
        heater, target, now = self.tuning.heater, self.tuning.target, self.app.clock()
        samples = self.app.temperatures.since(self._began_at)
        near = (
            sample.at
            for sample in samples
            if (reading := sample.heaters.get(heater)) is not None
            and (reading.current or 0.0) >= target - NEAR_C
        )
        begin = next(near, None)
        chart.around = None if begin is None else (target - NEAR_C, target + NEAR_C)
        since = max(self._began_at, begin or 0.0)
        chart.minutes = max(1, ceil((now - since) / 60))
        mark = marks(list(heaters(self.app.state)))[heater]
        drawn = curves(samples, {heater: mark}, now, chart.minutes * 60, chart.columns)
        line = [(-chart.minutes * i / chart.columns, target) for i in range(chart.columns)]
        chart.curves = tuple(replace(curve, targets=line) for curve in drawn)

    # What is done with it.

    def action_apply(self) -> None:
        """Set what was found, which is verified."""
        if not (changes := self.tuning.changes):
            return
        set_all = self.app.backend.set_board_settings

        async def tell() -> None:
            self._is_set = True
            self._tell("They are set, and not stored: a restart of the board takes them back.")

        self._ask(partial(set_all, changes), "Set them", tell)

    def action_store(self) -> None:
        """Ask, then store all that is active (M500)."""
        if not self.tuning.changes:
            return
        if not self._is_set:
            self.app.say("Set them first, by a: else the old ones are stored.", "warning")
            return

        async def tell() -> None:
            self._tell("They are set and stored.")

        self._ask(self.app.backend.store_board_settings, "Store them", tell)

    def _ask(self, call: Callable[..., Awaitable[object]], yes: str, tell: Call) -> None:
        self.app.perform(
            call,
            agreed=partial(call, confirmed=True),
            asks=partial(ConfirmScreen, yes=yes, no="Leave them"),
            then=tell,
        )

    def action_leave(self) -> None:
        """Stop what is under way; close once nothing is."""
        if self.hint() != RUNNING_HINT or self._leaves_it:
            self.dismiss(None)
            return
        self.app.perform(self._stop)

    async def _stop(self) -> None:
        try:
            await self.app.backend.stop_tuning()
        except GbtermError as error:
            self._leaves_it = True
            self._tell(f"{error} Esc closes this, and it goes on.")
            return
        self.app.say("The tuning is stopped, the heater is off, and nothing was changed.")
        self.dismiss(None)
