"""The tuning of a heater in the console: its curve, what was found, and leaving at any point."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import Button, Input

from gbterm import events
from gbterm.model import Temperature
from gbterm.pid_tuning import PidTuning
from gbterm.screens import pid
from tests.console.conftest import Console, opened
from tests.memory_backend import MemoryBackend
from tests.memory_backend.tuning import GAINS

HINT = "Esc stops it, and the heater is off then."


async def begun(console: Console) -> None:
    await console.press("f6", "t")
    await console.until(lambda: isinstance(console.app.focused, Input))
    await console.press("ctrl+a", "ctrl+k", *"210", "enter")
    await console.shows("It is heated to 210")
    await console.until(lambda: isinstance(console.app.focused, Button))
    await console.press("right", "enter")
    await console.shows("Tuning nozzle 1 at 210")
    await console.until(lambda: console.backend.tuned.is_running)


async def test_a_heater_is_tuned_its_values_set_and_stored(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await begun(console)
        await console.shows(HINT)
        for current in (22.0, 180.0, 195.0, 212.0, 205.0, 214.0):
            backend.report(events.TemperaturesReported({0: Temperature(current, 0.0)}))
            await console.rest()
        await console.shows("230°C")  # drawn large, about the target
        backend.swing()
        await console.shows("swing 2 of 5")
        await console.press("a", "s")
        assert console.top == "PidScreen"
        backend.end_tuning()
        await console.shows("M301 E0 P now 22.20 found 24.00")
        await console.shows("M301 E0 D now 114.00 found 30.50")
        assert "set_board_settings" not in backend.calls
        await console.press("s")
        await console.until(lambda: console.notices and "Set them first" in console.notices[-1])
        await console.press("a")
        await console.shows("They are set, and not stored")
        assert backend.active["M301 E0 D"] == "30.50"
        assert backend.stored["M301 E0 D"] == "114.00"
        await console.press("s")
        await console.shows("Store the active settings?")
        await console.press("right", "enter")
        await console.shows("They are set and stored.")
        assert backend.stored["M301 E0 D"] == "30.50"
        await console.press("escape")
        assert console.top == "TemperatureScreen"


async def test_the_curve_stands_still_beside_what_was_found(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pid, "DRAW_EVERY_S", 0.01)
    now = [1000.0]
    async with opened(backend, clock=lambda: now[0]) as console:
        await begun(console)
        for current in (195.0, 212.0, 205.0, 214.0):
            now[0] += 10
            backend.report(events.TemperaturesReported({0: Temperature(current, 0.0)}))
            await console.rest()
        backend.end_tuning()
        await console.shows("M301 E0 D now 114.00 found 30.50")
        await console.rest()
        curve = console.text
        now[0] += 1800
        await asyncio.sleep(0.1)
        await console.rest()
        assert console.text == curve


async def test_leaving_stops_it_and_changes_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await begun(console)
        await console.press("escape")
        await console.until(lambda: console.top == "TemperatureScreen")
        assert backend.tuned.state == "stopped"
        assert "heater is off, and nothing was changed" in console.notices[-1]
        assert "set_board_settings" not in backend.calls


async def test_a_board_that_can_not_stop_it_is_said_to_and_left(backend: MemoryBackend) -> None:
    backend.can_stop = False
    async with opened(backend) as console:
        await begun(console)
        await console.press("escape")
        await console.shows("it ends by itself")
        await console.shows("Esc closes this")
        await console.press("escape")
        await console.until(lambda: console.top == "TemperatureScreen")
        assert backend.tuned.is_running
        # Whoever comes back sees how far it is, and its end.
        await console.press("t")
        await console.shows("Tuning nozzle 1 at 210")
        backend.end_tuning()
        await console.shows("found 24.00")


async def test_what_went_wrong_is_said(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await begun(console)
        backend.end_tuning("failed", "Nozzle 1 could not be tuned: it swung too far.")
        await console.shows("could not be tuned: it swung too far")
        await console.shows("Esc closes.")
        await console.press("a", "s", "escape")
        assert console.top == "TemperatureScreen"


async def test_too_hot_is_refused(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f6", "t")
        await console.until(lambda: console.top == "AskScreen")
        await console.press("ctrl+a", "ctrl+k", *"290", "enter")
        await console.until(lambda: console.notices and "from 100 to 285" in console.notices[-1])
        assert backend.tuned == PidTuning()


async def test_all_of_it_stays_in_sight_on_a_small_terminal(backend: MemoryBackend) -> None:
    backend.tuned = PidTuning("nozzle1", 210, 5, "running", 3, GAINS)
    async with opened(backend, size=(80, 24)) as console:
        await console.press("f6", "t")
        await console.shows("Tuning nozzle 1")
        backend.tuned = PidTuning("nozzle1", 210, 5, "done", 5, GAINS).with_found(
            {"P": "24.00", "I": "4.72", "D": "30.50"}
        )
        for text in ("found 24.00", "found 4.72", "found 30.50", "a sets what was found"):
            await console.shows(text)
        assert "PgUp" not in console.text
