"""How old is what is shown stands on every screen once nothing is heard, and goes when it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm.connection import Retry
from gbterm.freshness import FRESH, FRESH_S, age, freshness
from gbterm.model import Phase, Position, PrinterState, Temperature
from gbterm.plain import account
from gbterm.plain.narrator import Narrator
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import MemoryBackend

SCREENS = ("f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9")


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(backend: MemoryBackend) -> Clock:
    """The one by which the printer was heard just now."""
    clock = Clock()
    backend.clock = clock
    backend.heard = clock.now
    return clock


async def look(console: Console) -> None:
    """Have the console look at the clock, as it does every now and then."""
    console.app._look_at_age()
    await console.rest()


def says_age(console: Console) -> bool:
    """Whether the screen says that something is old."""
    return " ago" in console.text or " old" in console.text


def test_an_age_is_told_in_the_unit_that_a_person_would_take() -> None:
    told = {0.5: "0 s", 12.9: "12 s", 61: "1 min", 7199: "119 min", 7200: "2 h", 200_000: "2 days"}
    assert {seconds: age(seconds) for seconds in told} == told
    assert age(59, 5) == "55 s"


@pytest.mark.parametrize("phase", Phase)
def test_what_was_heard_just_now_is_fresh_unless_the_printer_is_out_of_reach(phase: Phase) -> None:
    is_lost = phase in (Phase.DISCONNECTED, Phase.CONNECTING)
    assert freshness(phase, 100.0, None, 100.0 + FRESH_S).is_old is is_lost
    late = freshness(phase, 100.0, None, 100.0 + FRESH_S + 1)
    assert (late.is_old, late.heard) == (True, "last heard 11 s ago")


def test_nothing_is_made_up_where_nobody_tells_when_the_printer_was_heard() -> None:
    assert freshness(Phase.READY, None, None, 5.0) == FRESH
    lost = freshness(Phase.DISCONNECTED, None, None, 5.0)
    assert (lost.is_old, lost.heard, lost.trying) == (True, "", "")


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    assert freshness(Phase.DISCONNECTED, 100.0, None, 90.0).age == "0 s"


def test_the_next_attempt_is_told_while_the_connection_is_broken() -> None:
    retry = Retry(3, 101.5)
    assert freshness(Phase.DISCONNECTED, 0.0, retry, 100.0).retry == "attempt 3 to reach it in 2 s"
    assert "is under way" in freshness(Phase.DISCONNECTED, 0.0, retry, 102.0).retry
    assert freshness(Phase.READY, 100.0, retry, 100.0).retry == ""


@pytest.mark.parametrize("width", [80, 40, 120])
async def test_every_screen_says_when_the_printer_was_last_heard(
    backend: MemoryBackend, clock: Clock, width: int
) -> None:
    async with opened(backend, size=(width, 24), clock=clock) as console:
        for key in SCREENS:
            await console.press(key)
            assert not says_age(console)
        clock.now += 25
        await look(console)
        for key in SCREENS:
            await console.press(key)
            top = console.text.splitlines()[0]
            assert "25 s" in top, console.text
        clock.now += 120
        await look(console)
        assert "2 min" in console.text.splitlines()[0]
        backend.heard = clock.now
        await look(console)
        for key in SCREENS:
            await console.press(key)
            assert not says_age(console)


async def test_readings_of_a_printer_that_fell_silent_are_not_shown_as_present_ones(
    backend: MemoryBackend, clock: Clock
) -> None:
    async with opened(backend, clock=clock) as console:
        await printing(console)
        backend.advance(2)
        backend.report_all(
            replace(
                backend.state,
                bed=Temperature(60.0, 60.0),
                position=Position(12.0, 3.0, 4.5),
                fans={0: 80.0},
            )
        )
        await console.press("f2")
        await console.shows("Bed 60 / 60 °C at target")
        clock.now += FRESH_S + 1
        await look(console)
        await console.shows("Last heard 11 s ago: what has a ?, and last readings.")
        await console.shows("Bed 60 / 60 °C last reading")
        for told in ("X 12.00?", "Z 4.50?", "Speed 100 %?", "Fan 80 %?", "50 %?", "left unknown"):
            assert told in console.words, console.text
        assert "Last known box.gcode" in console.words
        assert "at target" not in console.words
        await console.press("f4")
        for told in ("Line 2 of 4?", "Elapsed 0:00:02?", "Left unknown", "Speed 100 %?"):
            assert told in console.words, console.text
        await console.press("f6")
        assert "last reading" in console.words
        assert "0: 80 %?" in console.words
        await console.press("f5")
        assert "X 12.00?" in console.words
        backend.heard = clock.now
        await look(console)
        assert "?" not in console.words.replace("or ? for", "")


async def test_a_chart_and_a_trend_end_where_nothing_is_heard(
    backend: MemoryBackend, clock: Clock
) -> None:
    async with opened(backend, clock=clock) as console:
        for degrees in (40.0, 50.0, 60.0):
            state = replace(backend.state, bed=Temperature(degrees, 100.0))
            backend.report_all(state)
            await console.rest()
            clock.now += 4
            backend.heard = clock.now
        assert console.app.trend("bed") is not None
        clock.now += FRESH_S + 1
        await look(console)
        assert console.app.trend("bed") is None
        assert console.app.temperatures.since(clock.now)[-1].heaters == {}
        assert "°C/min" not in console.words


async def test_a_slow_line_is_told_of_an_age_in_larger_steps(
    backend: MemoryBackend, clock: Clock
) -> None:
    async with opened(backend, clock=clock, slow=True) as console:
        clock.now += 23
        await look(console)
        assert "20 s ago" in console.text
        clock.now += 1
        before = console.text
        await look(console)
        assert console.text == before


def test_the_plain_mode_tells_the_age_and_what_was_known_then(
    backend: MemoryBackend, clock: Clock
) -> None:
    state = PrinterState(phase=Phase.READY, bed=Temperature(60.0, 60.0), position=Position(1.0))
    clock.now += 30
    backend.report_all(state)
    told = list(account.status(state, backend.freshness()))
    assert told[1] == "Last heard 30 s ago: what is told of it was true then"
    assert "Bed 60 of 60 °C, last reading" in told
    assert "Position X 1.00 mm, last known" in told
    assert not any("last" in line.lower() for line in account.status(state))


def test_the_plain_mode_says_by_itself_once_that_nothing_is_heard() -> None:
    narrator, state = Narrator(), PrinterState(phase=Phase.READY)
    narrator.begin(state, 0.0)
    old = freshness(Phase.READY, 0.0, None, 12.0)
    assert narrator.look(state, 12.0, old) == [
        "Nothing is heard of the printer: last heard 12 s ago."
    ]
    assert narrator.look(state, 13.0, freshness(Phase.READY, 0.0, None, 13.0)) == []
    assert narrator.look(state, 14.0, FRESH) == ["The printer is heard again."]
    assert narrator.look(state, 15.0, FRESH) == []
