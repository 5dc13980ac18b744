"""Ctrl+\\ stops the printer at once, wherever one is, and says whether it did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from gbterm.app import GbtermApp, run_console
from gbterm.backends import stopping
from gbterm.backends.capability import Capability
from gbterm.cli.opening import Opened
from gbterm.cli.target import Target
from gbterm.errors import LinkError
from gbterm.model import Phase, StopReport
from gbterm.screens.connect import Connected
from gbterm.screens.stop import SEEN_AFTER_S
from gbterm.settling import SETTLE_S
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend

STOP = "ctrl+backslash"

PLACES: dict[str, tuple[str, ...]] = {
    "DashboardScreen": ("f2",),
    "FilesScreen": ("f3",),
    "JobScreen": ("f4",),
    "HelpScreen": ("f1",),
    "GoScreen": ("ctrl+g",),
    "CommandPalette": ("ctrl+p", "p", "a"),
    "PathScreen": ("f3", "u", "a", "b"),
    "ConfirmScreen": ("f4", "c"),
    "LeaveScreen": ("ctrl+q",),
}
OVERTAKEN = ("ConfirmScreen", "LeaveScreen")
"""Their questions are about the print that the stop ends."""


@pytest.mark.parametrize("place", PLACES)
async def test_it_stops_at_once_everywhere(backend: MemoryBackend, place: str) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press(*PLACES[place])
        assert console.top == place
        await console.press(STOP)
        await console.shows("STOPPED: the printer confirmed that it halted")
        assert backend.calls.count("emergency_stop") == 1
        assert backend.state.phase is Phase.ERROR
        await console.press("enter")
        after = "JobScreen" if place in OVERTAKEN else place
        await console.until(lambda: console.top == after)


async def test_it_stops_from_a_prompt(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Change the filament.", "Continue")
        await console.until(lambda: console.top == "PromptScreen")
        await console.press(STOP)
        await console.shows("STOPPED: the printer confirmed that it halted")


async def test_the_request_leaves_before_the_screen_is_drawn(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        console.app.action_estop()
        await console.until(lambda: "emergency_stop" in backend.calls)
        await console.shows("STOPPED")


async def test_it_goes_while_another_command_hangs(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.gate = asyncio.Event()
        await console.press("p")
        backend.gate = None
        await console.press(STOP)
        await console.shows("STOPPED")


async def _unconfirmed(console: Console, because: str) -> None:
    await console.press(STOP)
    await console.shows("NOT CONFIRMED: CUT THE POWER")
    await console.shows(because)
    await console.shows("Switch the printer off at its plug.")


def _silent(backend: MemoryBackend) -> None:
    backend.stop_report = StopReport(False, "The board said nothing.")


def _unreachable(backend: MemoryBackend) -> None:
    backend.stop_report = LinkError("The port is gone.")


def _broken(backend: MemoryBackend) -> None:
    backend.refuse = ValueError("a bug")  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("break_it", "because"),
    [
        (_silent, "The board said nothing."),
        (_unreachable, "The port is gone."),
        (_broken, "Internal error (ValueError): a bug"),
    ],
)
async def test_a_stop_without_an_answer_is_never_called_a_stop(
    backend: MemoryBackend, break_it: Callable[[MemoryBackend], None], because: str
) -> None:
    async with opened(backend) as console:
        await printing(console)
        break_it(backend)
        await _unconfirmed(console, because)
        assert "STOPPED" not in console.text


async def test_a_stop_that_hangs_ends_unconfirmed(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "DEADLINE_S", 0.01)
    async with opened(backend) as console:
        backend.gate = asyncio.Event()
        await console.press(STOP)
        await console.shows("NOT CONFIRMED: CUT THE POWER")
        await console.shows("No answer within")


async def test_a_backend_that_can_not_stop_says_cut_the_power() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.EMERGENCY_STOP)
    async with opened(backend) as console:
        await _unconfirmed(console, "memory can't emergency stop.")


async def test_it_can_be_tried_again(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.stop_report = StopReport(False, "The board said nothing.")
        await console.press(STOP)
        await console.shows("NOT CONFIRMED")
        backend.stop_report = StopReport(True, "Printer halted.")
        await console.press(STOP)
        await console.shows("STOPPED: the printer confirmed")
        assert backend.calls.count("emergency_stop") == 2


async def test_the_notice_stays_until_there_is_a_result(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.gate = asyncio.Event()
        await console.press(STOP, STOP, "enter", "escape")
        await console.shows("STOPPING")
        assert backend.calls.count("emergency_stop") == 1
        backend.gate.set()
        await console.shows("STOPPED")


async def test_the_palette_can_stop_but_not_by_enter_alone(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f2", "ctrl+p", "enter")
        assert "emergency_stop" not in backend.calls
        await console.until(lambda: console.top == "DashboardScreen")
        await console.press("ctrl+p", *"emerg")
        await console.shows("STOP NOW (^\\)")
        await console.press("enter")
        await console.shows("STOPPED")


async def test_the_printer_on_show_is_stopped_though_the_console_was_about_to_leave_it(
    backend: MemoryBackend,
) -> None:
    other = MemoryBackend()
    await other.connect()
    async with opened(backend) as console:
        await console.press("f8")
        console.app._connected(Connected(Opened(Target("attic"), "gbterm"), other))
        console.app.action_estop()
        await console.shows("STOPPED: the printer confirmed that it halted")
        await console.until(lambda: other.closed)
        assert "emergency_stop" not in other.calls
        assert backend.state.phase is Phase.ERROR
        assert (console.app.backend, backend.closed) == (backend, False)
        await console.press("enter")
        assert console.top == "PrintersScreen"


async def test_after_the_change_the_new_printer_is_stopped(backend: MemoryBackend) -> None:
    other = MemoryBackend()
    await other.connect()
    async with opened(backend) as console:
        await console.press("f8")
        console.app._connected(Connected(Opened(Target("attic"), "gbterm"), other))
        await console.until(lambda: console.app.backend is other)
        console.app.action_estop()
        await console.shows("STOPPED: the printer confirmed that it halted")
        assert "emergency_stop" not in backend.calls
        await console.press("enter")
        assert console.top == "DashboardScreen"


async def test_leaving_waits_for_the_stop_and_tells_its_outcome(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = GbtermApp.run_async

    async def stop_and_go(app: GbtermApp, *, mouse: bool) -> str | None:
        async def keys(pilot: Pilot[object]) -> None:
            backend.gate = asyncio.Event()
            await pilot.press(STOP)
            app.terminal_lost()

        said = await run(app, headless=True, mouse=mouse, auto_pilot=keys)
        assert backend.gate is not None
        backend.gate.set()
        return said

    monkeypatch.setattr(GbtermApp, "run_async", stop_and_go)
    said = await run_console(backend)
    assert said == "The emergency stop of memory is confirmed: the printer halted."
    assert backend.state.phase is Phase.ERROR
    assert backend.closed


async def test_a_print_that_begins_late_does_not_cover_the_stop(backend: MemoryBackend) -> None:
    file = backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("box.gcode")
        looked = backend.gate = asyncio.Event()
        await console.press("enter")
        await console.until(lambda: "check_file" in backend.calls)
        start = backend.gate = asyncio.Event()
        looked.set()
        await console.until(lambda: "print_file" in backend.calls)
        backend.gate = None
        backend.stop_report = StopReport(False, "The board said nothing.")
        await console.press(STOP)
        await console.shows("NOT CONFIRMED: CUT THE POWER")
        start.set()
        await console.until(lambda: backend.state.job is not None)
        await console.rest()
        assert console.top == "StopScreen"
        assert file.name in backend.state.job.name  # type: ignore[union-attr]


async def test_what_was_turned_is_not_heated_after_the_stop(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        now_s = 1000.0
        console.app.clock = lambda: now_s
        backend.stop_report = StopReport(False, "The server can't say more.")
        await console.press("f6", "plus", STOP)
        await console.shows("NOT CONFIRMED")
        now_s += SETTLE_S + 1
        await console.press("enter")
        await console.until(lambda: "to 10 °C" not in console.words)
        assert "set_temperature" not in backend.calls


async def test_the_head_does_not_go_on_to_where_it_was_sent_after_the_stop(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f5", "g", *"10 20 30")
        legs = backend.gate = asyncio.Event()
        await console.press("enter")
        await console.until(lambda: "move" in backend.calls)
        backend.gate = None
        backend.stop_report = StopReport(False, "The server can't say more.")
        await console.press(STOP)
        await console.shows("NOT CONFIRMED")
        legs.set()
        await console.until(lambda: backend.state.position.z == 30)
        await console.rest()
        assert backend.calls.count("move") == 1


async def test_an_enter_that_was_on_its_way_does_not_close_what_calls_for_a_person(
    backend: MemoryBackend,
) -> None:
    backend.stop_report = StopReport(False, "The board said nothing.")
    async with opened(backend) as console:
        now = console.app.clock()
        console.app.clock = lambda: now
        await console.press(STOP)
        await console.shows("NOT CONFIRMED")
        await console.press("enter", "escape", "enter")
        assert console.top == "StopScreen"
        now += SEEN_AFTER_S
        await console.press("enter")
        await console.until(lambda: console.top == "DashboardScreen")
