"""Speed, flow, fan and babysteps in mid-print: in small steps, or typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from textual.reactive import var

from gbterm.screens.ask import AskScreen
from gbterm.screens.frame import PrinterScreen
from gbterm.screens.numbers import number

SPEED_STEP, FLOW_STEP = 5, 1
SPEED_BOUNDS, FLOW_BOUNDS = (25, 300), (75, 125)
"""Percent between which the keys for a step lead; what is beyond can be typed."""
TYPED_BOUNDS = (1, 999)
BABYSTEPS_MM = (0.01, 0.02, 0.05, 0.1)
BABYSTEP_EVERY_S = 0.2
"""A key that is held down makes no more than that."""
SETTLED_S = 5.0
"""A board that prints takes so long to say what it was told."""

Set = Callable[[float], Awaitable[None]]


class Aim:
    """What a value was told to become, which the board says only later."""

    def __init__(self, step: int, bounds: tuple[int, int]) -> None:
        self._step, self._bounds = step, bounds
        self._aimed, self._at = 0.0, float("-inf")

    def next(self, present: float, steps: int, now: float) -> float:
        """So many steps from where it is or will soon be; it never goes past its bounds by them."""
        base = self._aimed if now - self._at < SETTLED_S else present
        low, high = min(base, self._bounds[0]), max(base, self._bounds[1])
        self._aimed, self._at = min(high, max(low, base + steps * self._step)), now
        return self._aimed


class Tuning(PrinterScreen):
    """What the keys of the job's screen do to a print under way."""

    step_mm: var[float] = var(BABYSTEPS_MM[1])

    def __init__(self) -> None:
        super().__init__()
        self._speed, self._flow = Aim(SPEED_STEP, SPEED_BOUNDS), Aim(FLOW_STEP, FLOW_BOUNDS)
        self._babystep_at = float("-inf")

    def action_speed_up(self) -> None:
        """Faster."""
        self._step_speed(1)

    def action_speed_down(self) -> None:
        """Slower."""
        self._step_speed(-1)

    def _step_speed(self, steps: int) -> None:
        percent = self._speed.next(self.app.state.speed_percent, steps, self.app.clock())
        self.app.perform(partial(self.app.backend.set_speed, percent))

    def action_flow_up(self) -> None:
        """More filament."""
        self._step_flow(1)

    def action_flow_down(self) -> None:
        """Less filament."""
        self._step_flow(-1)

    def _step_flow(self, steps: int) -> None:
        percent = self._flow.next(self.app.state.flow_percent, steps, self.app.clock())
        self.app.perform(partial(self._set_flow, percent))

    async def _set_flow(self, percent: float) -> None:
        await self.app.backend.set_flow(percent, self.app.state.active_nozzle)

    def action_set_speed(self) -> None:
        """Ask for it."""
        self._ask("Speed in percent", self.app.backend.set_speed, TYPED_BOUNDS)

    def action_set_flow(self) -> None:
        """Ask for it."""
        self._ask("Flow in percent", self._set_flow, TYPED_BOUNDS)

    def action_job_fan(self) -> None:
        """Ask for it."""
        self._ask("Fan in percent", partial(self.app.backend.set_fan, 0), (0, 100))

    def action_job_fan_off(self) -> None:
        """Off."""
        self.app.perform(partial(self.app.backend.set_fan, 0, 0.0))

    def _ask(self, title: str, change: Set, bounds: tuple[int, int]) -> None:
        def take(percent: float | None) -> None:
            if percent is not None:
                self.app.perform(partial(change, percent))

        low, high = bounds
        check = partial(number, what="It", least=low, most=high, unit="%")
        note = f"A number of percent from {low} to {high}."
        self.app.push_screen(AskScreen(title, check, note=note), take)

    def action_babystep_up(self) -> None:
        """Away from the bed."""
        self._babystep(self.step_mm)

    def action_babystep_down(self) -> None:
        """Towards the bed."""
        self._babystep(-self.step_mm)

    def _babystep(self, z_mm: float) -> None:
        now = self.app.clock()
        if now - self._babystep_at >= BABYSTEP_EVERY_S:
            self._babystep_at = now
            self.app.perform(partial(self.app.backend.babystep, z_mm))

    def action_babystep_size(self) -> None:
        """The next one, the smallest after the largest."""
        place = BABYSTEPS_MM.index(self.step_mm)
        self.step_mm = BABYSTEPS_MM[(place + 1) % len(BABYSTEPS_MM)]
