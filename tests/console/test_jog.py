"""Moving by hand: at once, never far ahead of the person, and not while it would be wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import OutOfRange, UsageError
from gbterm.model import Phase, Position, Temperature
from gbterm.pacing import MOST_S
from gbterm.screens.numbers import number, place
from gbterm.simulator.planner import Limits, Planner
from tests.console.behind import Board
from tests.console.conftest import Console, opened, printing
from tests.endtoend.house import House, built
from tests.memory_backend import EVERYTHING, MemoryBackend


class Clock:
    """Stands still until a test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def hold(console: Console, *keys: str, times: int = 8) -> None:
    """Hold keys: the terminal repeats them."""
    for _ in range(times):
        await console.pilot.press(*keys)
    await console.rest()


def moves(backend: MemoryBackend) -> int:
    return backend.calls.count("move")


async def test_a_held_key_moves_no_further_than_a_second_ahead(backend: MemoryBackend) -> None:
    clock = Clock()
    async with opened(backend) as console:
        console.app.clock = clock
        await console.press("f5", "3")
        await hold(console, "right")
        # 10 mm at 50 mm/s, and the time to speed up and to slow down.
        assert backend.state.position.x == 30
        clock.now += 0.4
        await hold(console, "right")
        assert backend.state.position.x == 40
        clock.now += 10
        await hold(console, "right")
        assert backend.state.position.x == 70


async def test_what_was_dropped_never_comes_later(backend: MemoryBackend) -> None:
    clock = Clock()
    async with opened(backend) as console:
        console.app.clock = clock
        await console.press("f5", "3")
        await hold(console, "right", times=15)
        clock.now += 100
        await console.rest()
        assert backend.state.position.x == 30


async def test_keys_of_all_axes_share_the_second(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        console.app.clock = Clock()
        await console.press("f5")
        await hold(console, "right", "up", "pageup", "pagedown", "left")
        z_moves = moves(backend) / 5 * 2
        assert 0.25 * z_moves <= MOST_S
        await hold(console, "4", "right", "up", "pageup")
        assert 0.25 * z_moves <= MOST_S


async def test_a_move_longer_than_a_second_goes_alone(backend: MemoryBackend) -> None:
    clock = Clock()
    async with opened(backend) as console:
        console.app.clock = clock
        await console.press("f5", "4")
        await hold(console, "right")
        assert backend.state.position.x == 100
        clock.now += 2.0
        await hold(console, "right")
        assert backend.state.position.x == 100
        clock.now += 0.2
        await hold(console, "right")
        assert backend.state.position.x == 200


async def test_a_printer_that_does_not_answer_is_asked_once(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f5")
        backend.gate = asyncio.Event()
        await hold(console, "right", "up")
        assert moves(backend) == 1
        backend.gate.set()
        await console.until(lambda: backend.state.position.x == 1)


async def test_a_refused_move_is_said_and_the_next_one_goes(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f5")
        backend.refuse = OutOfRange("X may be up to 10000 mm, not 99999.")
        await console.press("right")
        await console.says("X may be up to 10000 mm")
        await console.press("right")
        await console.until(lambda: backend.state.position.x == 1)


async def test_moves_go_at_the_feed_rate_that_was_typed(backend: MemoryBackend) -> None:
    asked: list[float | None] = []

    async def move(**given: float | None) -> None:
        asked.append(given["rate_mm_s"])
        backend.report(events.PositionReported(Position(1.0, 1.0, 1.0)))

    async with opened(backend) as console:
        clock = Clock()
        console.app.clock = clock
        backend.move = move  # type: ignore[method-assign]
        await console.press("f5", "f")
        await console.shows("How quickly?")
        await console.press(*"80", "space", *"12", "enter")
        await console.shows("80 mm/s, Z 12 mm/s")
        await console.press("right", "pageup")
        assert asked == [80, 12]


async def test_a_feed_rate_beyond_the_limit_is_refused_where_it_is_typed(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f5", "f", *"600", "enter")
        await console.shows("The feed rate may be 0.1 to 500 mm/s, not 600.")
        assert console.top == "AskScreen"
        await console.press("escape")
        await console.shows("50 mm/s, Z 5 mm/s")


async def test_nothing_is_moved_during_a_print_and_the_screen_says_why(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f5")
        await console.shows("Nothing is moved by hand during a print")
        before = list(backend.calls)
        await console.press("right", "up", "pageup", "h", "x", "m", "e", "r", "g")
        assert backend.calls == before
        assert console.top == "JogScreen"
        assert "(h Home all)" in console.text


async def test_the_head_is_moved_in_a_pause_and_z_is_not_homed_over_the_part(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        await backend.pause()
        await console.press("f5")
        await console.shows("Resume brings the head back to the print. Z is not homed over it.")
        await console.press("z", "h", "m")
        await console.press("right")
        await console.until(lambda: "move" in backend.calls)
        await console.press("x")
        await console.until(lambda: "home" in backend.calls)
        assert backend.calls.count("home") == 1
        assert "set_steppers" not in backend.calls


@pytest.mark.parametrize(
    ("phase", "why"),
    [
        (Phase.ERROR, "Nothing moves before the error is cleared."),
        (Phase.DISCONNECTED, "Nothing moves before the printer is connected."),
    ],
)
async def test_nothing_moves_without_a_printer(
    backend: MemoryBackend, phase: Phase, why: str
) -> None:
    async with opened(backend) as console:
        await console.press("f5")
        backend.report(events.PhaseChanged(phase))
        await console.shows(why)
        await console.press("right", "h", "m")
        assert not {"move", "home", "set_steppers"} & set(backend.calls)


async def test_a_board_that_wants_to_be_homed_first_is_believed(backend: MemoryBackend) -> None:
    backend.not_homed = "XY"
    async with opened(backend) as console:
        await console.press("f5", "right")
        await console.shows("The board moves X only once homed: h homes.")
        asked = moves(backend)
        await console.press("right", "left")
        assert moves(backend) == asked
        await console.press("pageup")
        await console.until(lambda: backend.state.position.z == 1)
        await console.press("h")
        await console.shows("A held key stops")
        await console.press("right")
        await console.until(lambda: backend.state.position.x == 1)


async def test_nothing_begins_behind_a_homing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f5")
        backend.gate = asyncio.Event()
        await console.press("h")
        await console.shows("Homing XYZ; the next move can begin after it.")
        await hold(console, "right", "h", "x", "g")
        assert (moves(backend), backend.calls.count("home")) == (0, 1)
        backend.gate.set()
        await console.shows("A held key stops")
        await console.press("right")
        await console.until(lambda: backend.state.position.x == 1)


async def test_cold_filament_is_not_moved_and_the_screen_says_why(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f5")
        await console.shows(
            "Nozzle 1 is too cold to move filament, which takes 170 °C: F6 heats it."
        )
        await console.press("e", "r")
        assert "extrude" not in backend.calls
        backend.report(events.TemperaturesReported({0: Temperature(200.0, 200.0)}))
        await console.until(lambda: "too cold" not in console.words)
        await console.press("e")
        await console.until(lambda: backend.state.position.e == 5)


async def test_filament_goes_to_the_nozzle_that_was_chosen(backend: MemoryBackend) -> None:
    fed: list[tuple[float, int]] = []

    async def extrude(length_mm: float, *, nozzle: int, rate_mm_s: float) -> None:
        fed.append((length_mm, nozzle))

    async with opened(backend) as console:
        clock = Clock()
        console.app.clock = clock
        backend.extrude = extrude  # type: ignore[assignment, method-assign]
        hot = (Temperature(200.0, 200.0), Temperature(20.0, 0.0), Temperature(210.0, 0.0))
        backend.report_all(replace(backend.state, nozzles=hot, active_nozzle=2))
        await console.press("f5")
        await console.shows("3 of 3, 210 °C")
        await console.press("l", *"42.5", "enter", "e")
        assert fed == [(42.5, 2)]
        await console.press("t", "t")
        await console.shows("2 of 3, 20 °C")
        await console.shows("Nozzle 2 is too cold")
        clock.now += 60
        await console.press("r")
        assert len(fed) == 1
        await console.press("t", "t", "r")
        assert fed[1:] == [(-42.5, 0)]


async def test_a_held_key_pushes_no_more_filament_than_a_second_ahead(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        console.app.clock = Clock()
        backend.report(events.TemperaturesReported({0: Temperature(200.0, 200.0)}))
        await console.press("f5", "l", "1", "enter")
        await hold(console, "e")
        assert backend.state.position.e == 4


async def test_go_to_goes_up_first_and_down_last(backend: MemoryBackend) -> None:
    way: list[Position] = []

    def heard(event: object, _: object) -> None:
        if isinstance(event, events.PositionReported):
            way.append(event.position)

    async with opened(backend) as console:
        backend.subscribe(heard)
        await console.press("f5", "g")
        await console.shows("Move to which place?")
        await console.press(*"10", "space", *"20", "space", *"5", "enter")
        await console.until(lambda: backend.state.position.x == 10)
        assert [position.z for position in way] == [5, None]
        way.clear()
        await console.press("g", *"x1", "space", *"z2", "enter")
        await console.until(lambda: backend.state.position.z == 2)
        assert [position.z for position in way] == [None, 2]
        assert backend.state.position.y == 20


async def test_a_print_that_began_over_the_question_is_left_alone(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f5", "g", *"x10")
        await backend.print_file(backend.add_file("box.gcode").id)
        await console.press("enter")
        await console.says("Nothing is moved by hand during a print")
        assert "move" not in backend.calls


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("1 2 3", {"x": 1, "y": 2, "z": 3}),
        ("-5", {"x": -5}),
        ("z20", {"z": 20}),
        ("X10 Z.5", {"x": 10, "z": 0.5}),
        ("x10y20", {"x": 10, "y": 20}),
    ],
)
def test_places(typed: str, to: dict[str, float]) -> None:
    assert place(typed, 10_000.0) == to


@pytest.mark.parametrize(
    "typed", ["", "up", "1 2 3 4", "x", "x1 x2", "e5", "1;2", "1 z5", "nan", "1e3", "x1 "]
)
def test_no_places(typed: str) -> None:
    if typed == "x1 ":
        assert place(typed, 10.0) == {"x": 1}
        return
    with pytest.raises(UsageError):
        place(typed, 10_000.0)


@pytest.mark.parametrize("typed", ["z-1", "x10001", "0 -20000"])
def test_places_out_of_reach(typed: str) -> None:
    with pytest.raises(OutOfRange):
        place(typed, 10_000.0)


@pytest.mark.parametrize("typed", ["", "hot", "inf", "1 2", "1e2", "٣"])
def test_no_numbers(typed: str) -> None:
    with pytest.raises(UsageError):
        number(typed, "It", 0, 100, "mm")


def test_a_comma_is_a_point() -> None:
    assert number("1,5", "It", 0, 100, "mm") == 1.5


async def test_keys_of_what_a_printer_cannot_do_do_nothing() -> None:
    backend = MemoryBackend(EVERYTHING & ~(Capability.MOVE | Capability.STEPPERS))
    async with opened(backend) as console:
        await console.press("f5", "right", "m")
        assert not {"move", "set_steppers"} & set(backend.calls)


@pytest.mark.parametrize("size", [(80, 24), (40, 24), (120, 40)])
async def test_all_of_it_is_in_sight(backend: MemoryBackend, size: tuple[int, int]) -> None:
    async with opened(backend, size=size) as console:
        await console.press("f5")
        for text in (
            *("X 0.00 Y 0.00 Z 0.00", "1 0.1 [2 1] 3 10 4 100 mm", "50 mm/s, Z 5 mm/s"),
            *(
                "PgUp",
                "PgDn",
                "h all",
                "e push r retract",
                "Motors",
                "too cold to move",
                "at its ends.",
            ),
        ):
            await console.shows(text)


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


async def test_a_real_board_is_never_more_than_a_second_behind_a_held_key(house: House) -> None:
    house.board(speed=1)
    house.serve()
    backend = OpenGbBackend(f"unix:{house.run_dir / 'server.sock'}")

    def executed() -> list[tuple[float, str]]:
        lines = house.executed_log.read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        return [(entry["t"], entry["line"]) for entry in entries if "G1" in entry["line"]]

    async with opened(backend, behind=Board(house)) as console:
        await console.press("f5", "3")
        while len(executed()) < 8:
            await console.press("right", "up", "right", "down")
        asked = executed()
    await backend.close()
    for left in behind(asked):
        assert left <= MOST_S + 0.1  # and the planner's wait for another move


def behind(asked: list[tuple[float, str]]) -> Iterator[float]:
    """How long each move, by the time at which a board took it, has to its end."""
    planner, at = Planner(Limits()), [0.0] * 4
    for now, line in asked:
        words = {
            word[0]: float(word[1:].split("*")[0]) for word in line.split() if word[0] in "XYF"
        }
        at = [at[0] + words.get("X", 0.0), at[1] + words.get("Y", 0.0), *at[2:]]
        planner.advance(now)
        planner.add(list(at), words["F"] / 60, now)
        ahead, ends = deepcopy(planner), now
        while (due := ahead.next_time()) is not None:
            ends = due
            ahead.advance(due)
        yield ends - now
