"""A connection that breaks: why, what is tried, and nothing of before that looks like now."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.connection import Retry
from gbterm.model import Phase, Position, PrinterState, Temperature
from gbterm.plain import account
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend

REASON = "The connection to the server broke."


@pytest.mark.parametrize("width", [80, 40])
async def test_the_reason_the_attempt_and_the_age_are_on_show(
    backend: MemoryBackend, width: int
) -> None:
    async with opened(backend, size=(width, 24)) as console:
        await printing(console)
        backend.heard = time.monotonic() - 185
        backend.tries = Retry(4, time.monotonic() - 1)
        backend.lose(REASON)
        for key in ("f2", "f4", "f5", "f6"):
            await console.press(key)
            await console.shows(f"DISCONNECTED {REASON}")
            await console.shows("Attempt 4 to reach it is under way.")
            await console.shows("What is shown below was heard 3 min ago.")
        for key in ("f3", "f7", "f8", "f9"):
            await console.press(key)
            assert "3 min" in console.text.splitlines()[0]


async def test_a_question_of_before_the_break_can_not_be_answered(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Nozzle parked", "Continue", "Stop")
        await console.until(lambda: console.top == "PromptScreen")
        backend.lose(REASON)
        await console.until(lambda: console.top == "DashboardScreen")
        assert "Nozzle parked" not in console.words
        await console.press("a", "1")
        assert console.top == "DashboardScreen"
        assert backend.answers == []
        backend.come_back()
        await console.shows("READY")
        assert "Nozzle parked" not in console.words


async def test_nobody_waits_any_more_for_what_was_waited_for(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.report(events.WaitBegan("the bed (57 of 60 °C)"))
        await console.shows("Waiting for the bed")
        backend.lose(REASON)
        await console.shows("DISCONNECTED")
        backend.come_back()
        await console.shows("READY")
        assert "Waiting for" not in console.words


async def test_nothing_of_before_survives_the_way_back(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.report_all(replace(backend.state, bed=Temperature(60.0, 60.0), fans={0: 80.0}))
        await console.press("f2")
        await console.shows("Bed 60 / 60 °C at target")
        backend.lose(REASON)
        await console.shows("Bed 60 / 60 °C last reading")
        await console.shows("Last known box.gcode")
        backend.report_all(PrinterState(phase=Phase.READY, bed=Temperature(21.0, 0.0)))
        await console.shows("Bed 21 / 0 °C off")
        for before in ("60", "box.gcode", "80 %", "last reading", "%?"):
            assert before not in console.words, console.text


async def test_the_head_is_not_lifted_by_where_it_was_before(backend: MemoryBackend) -> None:
    """Whether up comes first is decided by where the head is, which must be known for that."""
    async with opened(backend) as console:
        backend.report(events.PositionReported(Position(0.0, 0.0, 50.0)))
        backend.heard = time.monotonic() - 60
        await console.press("f5")
        console.app._look_at_age()
        moves: list[Position] = []
        backend.subscribe(
            lambda event, _: (
                moves.append(event.position) if isinstance(event, events.PositionReported) else None
            )
        )
        await console.press("g")
        await console.until(lambda: console.top == "AskScreen")
        await console.press(*"x10", "space", *"z20", "enter")
        await console.until(lambda: backend.state.position.x == 10.0)
        (first, _) = moves
        assert (first.x, first.z) == (None, 20.0)


def test_the_plain_mode_tells_the_attempt(backend: MemoryBackend) -> None:
    backend.heard, backend.tries = time.monotonic() - 70, Retry(2, time.monotonic() - 1)
    backend.lose(REASON)
    told = list(account.status(backend.state, backend.freshness()))
    assert told[:3] == [
        f"Disconnected: {REASON}",
        "Attempt 2 to reach it is under way.",
        "Last heard 1 min ago: what is told of it was true then",
    ]
