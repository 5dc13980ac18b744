"""The port of the printer on show: closed, opened, chosen; and what its server's profile says."""

from __future__ import annotations

import pytest

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.connection import ConnectionChoice, Machine
from gbterm.errors import NeedsConfirmation
from gbterm.model import Phase, Temperature
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


async def until_phase(console: Console, phase: Phase) -> None:
    await console.until(lambda: console.app.state.phase is phase)


async def test_a_printer_is_disconnected_after_a_question_and_connected_again(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        backend.report(events.TemperaturesReported({0: Temperature(200.0, 210.0)}))
        await console.press("x")
        await console.shows("Disconnect memory? Its heaters are turned off")
        await console.press("enter")
        assert backend.state.phase is Phase.READY
        await console.press("x", "right", "enter")
        await until_phase(console, Phase.DISCONNECTED)
        assert backend.state.nozzles[0].target == 0
        await console.shows("c Connect")
        await console.press("c")
        await until_phase(console, Phase.READY)
        assert "c Connect" not in console.words


async def test_a_heater_that_stays_on_is_asked_about_once_more(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        backend.refuse = NeedsConfirmation("The bed can't be turned off. Disconnect all the same?")
        await console.press("x", "right", "enter")
        await console.shows("The bed can't be turned off.")
        assert backend.state.phase is Phase.READY
        await console.press("right", "enter")
        await until_phase(console, Phase.DISCONNECTED)


async def test_a_question_goes_when_a_print_begins(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("x")
        await console.shows("Disconnect memory?")
        await backend.print_file(backend.add_file("box.gcode").id)
        await console.until(lambda: console.top == "DashboardScreen")
        await console.says("The printer is not idle any more")
        await console.press("x", "o", "c")
        assert console.top == "DashboardScreen"


async def test_port_baud_rate_and_profile_are_chosen_with_what_is_used_marked(
    backend: MemoryBackend,
) -> None:
    backend.lose("Closed")
    async with opened(backend, connect=False) as console:
        await console.press("o")
        await console.shows("1 preferred what the server has stored")
        await console.shows("3 VIRTUAL as it is now")
        await console.press("2")
        await console.shows("1 preferred as it is now")
        await console.shows("3 115200")
        await console.press("3")
        await console.shows("2 Workhorse as it is now")
        await console.press("3")
        await until_phase(console, Phase.READY)
        assert backend.options.present == ConnectionChoice("/dev/ttyUSB0", 115200, "large")
        await console.press("o", "1", "1", "1")
        await console.until(lambda: backend.options.present == ConnectionChoice())


@pytest.mark.parametrize("left", range(3))
async def test_who_leaves_changes_nothing(backend: MemoryBackend, left: int) -> None:
    async with opened(backend) as console:
        before = backend.options
        await console.press("o", *["1"] * left, "escape")
        await console.until(lambda: console.top == "DashboardScreen")
        assert backend.options == before
        assert "connect_printer_by" not in backend.calls


async def test_without_a_choice_there_is_no_key_for_it() -> None:
    async with opened(MemoryBackend(EVERYTHING & ~Capability.CONNECTION)) as console:
        await console.shows("x Disconnect")
        assert "o Port" not in console.words
        await console.press("o")
        assert console.top == "DashboardScreen"


async def test_what_the_profile_says_is_among_the_details(backend: MemoryBackend) -> None:
    backend.known = Machine(
        "Work\x1b[2Jhorse", "MK3", (250.0, 210.0, 200.5), 2, feed_max_mm_s={"x": 100.0, "z": 3.333}
    )
    async with opened(backend) as console:
        await console.press("i")
        await console.shows("Name Work")
        for text in ("horse (MK3)", "Size 250 x 210 x 200.5 mm", "Has 2 nozzles, heated bed"):
            await console.shows(text)
        await console.shows("Quickest X 100 mm/s, Z 3.3 mm/s")


async def test_a_held_key_waits_for_an_axis_that_is_slow_by_its_profile(
    backend: MemoryBackend,
) -> None:
    backend.known = Machine(feed_max_mm_s={"x": 5.0})
    async with opened(backend, clock=lambda: 0.0) as console:
        await console.press("f5", "3")
        await console.press("right", "right", "right")
        moved = backend.calls.count("move")
        assert moved == 1, "10 mm at 5 mm/s take longer than may be under way"


async def test_a_print_leaves_no_keys_for_the_port(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f2")
        for text in ("x Disconnect", "c Connect", "o Port"):
            assert text not in console.words
