"""What the Temperature screen does."""

from __future__ import annotations

import re

from tests.console.acts.act import Act, Look
from tests.console.conftest import Console


async def warm(console: Console) -> None:
    """Two heaters with a target."""
    await console.app.backend.set_temperature(nozzles={0: 50.0}, bed=40.0)
    await console.until(lambda: targets(console) == (50, 40))


def targets(console: Console) -> tuple[float | None, float | None]:
    """Of the first nozzle and of the bed."""
    state = console.app.state
    return state.nozzles[0].target, state.bed.target


def set_to(nozzle: float, bed: float) -> Look:
    """The printer tells these targets."""
    return lambda console: targets(console) == (nozzle, bed)


ACTS: tuple[Act, ...] = (
    Act("heater_after", "> B Bed", ("down", "down")),
    Act("heater_before", lambda c: "> B" not in c.text, ("down", "down", "up", "up")),
    Act("warmer", set_to(51, 40), before=warm),
    Act("cooler", set_to(49, 40), before=warm),
    Act("much_warmer", set_to(60, 40), before=warm),
    Act("much_cooler", set_to(40, 40), before=warm),
    Act("set_target", set_to(60, 40), ("enter", "6", "0", "enter"), warm),
    Act("apply_preset", lambda c: re.search(r"1 \w+ nozzle 210 °C, bed \d+ °C", c.words)),
    Act("heater_off", set_to(0, 40), before=warm),
    Act("cool_down", set_to(0, 0), before=warm),
    Act("set_fan", "0: 50 %", ("f", "5", "0", "enter")),
    Act("tune", "at which temperature?"),
    Act("chart_span", "w 30 min"),
)
