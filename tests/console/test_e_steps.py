"""Calibrating an extruder in the console, step by step, left at each of them."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from gbterm import events
from gbterm.model import Temperature
from tests.console.conftest import Console, opened
from tests.memory_backend import MemoryBackend


def hot(backend: MemoryBackend) -> None:
    backend.report(events.TemperaturesReported({0: Temperature(210.0, 210.0)}))


async def typed(console: Console, text: str) -> None:
    await console.until(lambda: isinstance(console.app.focused, Input))
    await console.press("ctrl+a", "ctrl+k", *text, "enter")


async def asked(console: Console, question: str) -> None:
    await console.until(lambda: console.top == "ConfirmScreen")
    await console.shows(question)
    # Before it has its focus, keys choose nothing.
    await console.until(lambda: getattr(console.app.focused, "id", "") == "no")


async def pushed(console: Console) -> None:
    """All of it was pushed, and what is left is asked for."""
    hot(console.backend)
    await console.press("f5", "k")
    await typed(console, "210")
    await asked(console, "Mark the filament 120 mm above")
    await console.press("right", "enter")
    await console.shows("How many mm are left to the mark?")


async def test_an_extruder_is_calibrated_and_stored(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await pushed(console)
        assert backend.calls.count("extrude") == 20
        await typed(console, "15")
        await asked(console, "M92 E is 93.00 and becomes 88.57. Set it?")
        await console.press("right", "enter")
        await asked(console, "Store the active settings?")
        assert (backend.active["M92 E"], backend.stored["M92 E"]) == ("88.57", "93.00")
        await console.press("right", "enter")
        await console.until(lambda: "M92 E is 88.57 now, and stored." in console.notices)
        assert backend.stored["M92 E"] == "88.57"
        assert console.top == "JogScreen"


async def test_what_looks_like_a_slip_is_asked_again(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await pushed(console)
        await typed(console, "80")
        await asked(console, "That is more than twice as much")
        await console.press("escape")
        await console.until(lambda: console.top == "JogScreen")
        assert backend.active["M92 E"] == "93.00"


@pytest.mark.parametrize("leaves", ["temperature", "mark", "heating", "left", "new"])
async def test_left_at_any_step_nothing_is_changed(backend: MemoryBackend, leaves: str) -> None:
    async with opened(backend) as console:
        if leaves in ("left", "new"):
            await pushed(console)
            if leaves == "new":
                await typed(console, "15")
                await asked(console, "becomes 88.57")
        else:
            await console.press("f5", "k")
            await console.until(lambda: console.top == "AskScreen")
            if leaves != "temperature":
                await typed(console, "210")
                await asked(console, "Mark the filament")
            if leaves == "heating":
                await console.press("right", "enter")
                await console.shows("Heating nozzle 1")
        await console.press("escape")
        await console.until(lambda: console.top == "JogScreen")
        await console.until(
            lambda: not console.backend.state.nozzles[0].target or leaves != "heating"
        )
        assert "set_board_settings" not in backend.calls
        assert backend.active["M92 E"] == "93.00"
