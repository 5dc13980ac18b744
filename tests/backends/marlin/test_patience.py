"""Boards that take their time, or say nothing any more: what a user sees of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbterm.model import Phase
from gbterm.simulator import faults
from gbterm.simulator.commands import HANDLERS
from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from tests.backends.marlin.rows import MOVES
from tests.backends.marlin.virtual import VirtualHouse

EMPTY = 15
"""Free blocks of a planner that has nothing to do."""


class Watched:
    """A print in a virtual house, and the waits that its user was told of."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, variant: str, lines: int, path: Path
    ) -> None:
        self.house = VirtualHouse(monkeypatch, variant)
        self.lines, self.path = lines, path
        self.waits: set[str] = set()
        self.house.backend.subscribe(lambda _event, state: self.waits.add(state.waiting_for))

    async def start(self, commands: list[str]) -> None:
        """Begin to print."""
        self.path.write_text("\n".join(commands) + "\n")
        await self.house.backend.connect()
        await self.house.backend.start_job(self.path, self.path.name)
        self.house.backend.core.window.lines = self.lines

    async def reach(self, phase: Phase, limit_s: float) -> None:
        """Let time pass until the printer is in `phase`."""
        await self.house.until(lambda: self.house.backend.state.phase is phase, limit_s)

    def moves(self) -> list[str]:
        """What the board executed of MOVES."""
        return [text for _, text in self.house.executed if text.startswith("G1")]


PACKED = [move.replace(" ", "").replace(".0", "") for move in MOVES]


@pytest.fixture(params=["default", "big", "plain", "single"])
def variant_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[1, 4], ids=["one line", "four lines"])
def watched(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variant_name: str,
) -> Watched:
    return Watched(monkeypatch, variant_name, request.param, tmp_path / "j.gcode")


@pytest.mark.parametrize("seconds", [60.0, 90.0])
def test_oks_withheld_for_so_long_while_temperatures_flow_cost_no_line_and_are_told(
    watched: Watched, seconds: float
) -> None:
    house = watched.house

    async def story() -> None:
        await watched.start(MOVES)
        await house.until(lambda: len(watched.moves()) > 20, 60)
        house.board.inject(faults.HoldOks(seconds))
        await watched.reach(Phase.READY, 400)

    house.run(story())
    assert watched.moves() == PACKED
    assert any(re.match(r"the board, 3\d s, asked again", wait) for wait in watched.waits)


@pytest.mark.parametrize("says_busy", [True, False], ids=["with busy", "without busy"])
def test_five_silent_minutes_in_g29_are_waited_for_and_cost_no_line(
    monkeypatch: pytest.MonkeyPatch, watched: Watched, says_busy: bool
) -> None:
    def level(machine: Machine, _command: Command) -> Steps:
        yield Wait(until=machine.now + 300.0, quiet=not says_busy)

    monkeypatch.setitem(HANDLERS, "G29", Handler(level))
    house = watched.house

    async def story() -> None:
        await watched.start(["G28", "G29", *MOVES])
        await house.until(lambda: house.executed[-1][1] == "G29", 100)
        began, sent = house.loop.time(), len(house.sent)
        await house.until(lambda: house.executed[-1][1] != "G29", 400)
        assert house.loop.time() - began >= 299
        if says_busy:
            assert not [data for _, data in house.sent[sent:] if b"M118" in data]
        else:
            assert any(re.match(r"the board, 2\d\d s, asked again", wait) for wait in watched.waits)
        await watched.reach(Phase.READY, 400)

    house.run(story())
    assert watched.moves() == PACKED
    assert [text for _, text in house.executed].count("G29") == 1


@pytest.mark.parametrize("seconds", [15.0, 30.0, 55.0])
def test_a_board_mute_for_so_long_that_comes_back_is_asked_again_and_loses_no_line(
    watched: Watched, seconds: float
) -> None:
    house = watched.house

    async def story() -> None:
        await watched.start(MOVES)
        await house.until(lambda: len(watched.moves()) > 20, 60)
        house.board.inject(faults.Mute(seconds))
        await watched.reach(Phase.READY, 400)

    house.run(story())
    assert watched.moves() == PACKED


@pytest.mark.parametrize("wait_s", [300.0])
def test_a_board_that_reads_nothing_while_temperatures_flow_is_waited_for_and_loses_no_line(
    monkeypatch: pytest.MonkeyPatch, watched: Watched, wait_s: float
) -> None:
    """No command that is known to take long, and no word of being busy."""

    def dwell(machine: Machine, _command: Command) -> Steps:
        machine.keepalive = 0.0
        yield Wait(until=machine.now + wait_s)
        machine.keepalive = 2.0

    monkeypatch.setitem(HANDLERS, "M204", Handler(dwell))
    house = watched.house

    async def story() -> None:
        await watched.start([*MOVES[:40], "M204 P500", *MOVES[40:]])
        await watched.reach(Phase.READY, 2 * wait_s)

    house.run(story())
    assert watched.moves() == PACKED
    assert any(re.match(r"the board, 2\d\d s, asked", wait) for wait in watched.waits)


def test_a_board_mute_for_ever_ends_the_print_in_error_within_70_s_and_gets_no_line_more(
    watched: Watched,
) -> None:
    house = watched.house

    async def story() -> None:
        await watched.start(MOVES * 3)
        await house.until(lambda: len(watched.moves()) > 20, 60)
        house.board.inject(faults.Mute())
        await watched.reach(Phase.ERROR, 70)
        ended = house.loop.time()
        await house.until(lambda: house.loop.time() > ended + 200, 300)
        assert not [data for at, data in house.sent if at > ended and b"G1" in data]

    house.run(story())
    state = house.backend.state
    assert state.reason == "The board and gbterm lost each other: it does not answer."
    assert state.job is not None
    assert state.job.outcome == "failed"
    assert watched.moves() == (PACKED * 3)[: len(watched.moves())]


def test_an_ok_for_nothing_in_the_last_wait_ends_no_print_before_the_planner_is_empty(
    watched: Watched,
) -> None:
    house = watched.house
    slow = [f"G1X{x % 2 * 20}Y{x}F1200" for x in range(20)]

    async def story() -> None:
        await watched.start(slow)
        await house.until(lambda: house.backend.core.asking == b"M400", 60)
        house.board.out.line("ok P15 B3" if house.board.variant.advanced_ok else "ok")
        await watched.reach(Phase.READY, 400)
        assert house.board.machine.planner.free == EMPTY

    house.run(story())
    assert watched.moves() == slow
