"""A process that was stopped and goes on: what the board said meanwhile counts, silence doesn't."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from gbterm.backends.marlin.trouble import Sync
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

MOVES = [f"G1X{x % 60}F{600 + x}" for x in range(60)]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> VirtualHouse:
    return VirtualHouse(monkeypatch, "default", heat_speed=10.0)


async def begun(house: VirtualHouse, tmp_path: Path, moves: int, *before: str) -> None:
    """A print that has made so many of its moves."""
    path = tmp_path / "j.gcode"
    path.write_text("\n".join([*before, *MOVES]) + "\n")
    await house.backend.connect()
    await house.backend.start_job(path, path.name)
    await house.until(lambda: len(printed(house)) >= moves, 300)


def printed(house: VirtualHouse) -> list[str]:
    return [text for _, text in house.executed if text in MOVES]


async def finished(house: VirtualHouse) -> None:
    over = (Phase.READY, Phase.ERROR, Phase.PAUSED)
    await house.until(lambda: house.backend.state.phase in over, 300)
    assert house.phases[-1] == (Phase.READY, "")
    assert printed(house) == MOVES


@pytest.mark.parametrize("seconds", [3.0, 61.0, 4000.0])
def test_a_print_goes_on_however_long_it_was(
    house: VirtualHouse, tmp_path: Path, seconds: float
) -> None:
    async def story() -> None:
        await begun(house, tmp_path, 30)
        house.stand_still(seconds)
        await finished(house)

    house.run(story())


def test_a_command_that_ended_meanwhile_took_no_longer_than_it_may(
    house: VirtualHouse, tmp_path: Path
) -> None:
    async def story() -> None:
        await begun(house, tmp_path, 0, "G4 S30")
        await house.until(lambda: "the end of a pause" in house.backend.state.waiting_for, 20)
        house.stand_still(4000.0)
        await finished(house)

    house.run(story())


@pytest.mark.parametrize("seconds", [20.0, 600.0])
def test_a_heater_that_got_warm_meanwhile_alarms_nobody(
    house: VirtualHouse, tmp_path: Path, seconds: float
) -> None:
    async def story() -> None:
        await begun(house, tmp_path, 0, "M104 S200")
        await house.until(lambda: (house.backend.state.nozzles[0].current or 0) > 60, 60)
        house.stand_still(seconds)
        await finished(house)
        assert not [m for m in house.backend.state.messages if m.level != "info"]

    house.run(story())


def test_a_question_that_stood_open_meanwhile_is_asked_again(
    house: VirtualHouse, tmp_path: Path
) -> None:
    async def story() -> None:
        await begun(house, tmp_path, 30)
        sound = house.tamper
        house.tamper = lambda to, data: b"" if to == "host" else data
        await house.until(lambda: house.backend.core.sync is Sync.PROBING, 10)
        house.tamper = sound
        house.stand_still(1000.0)
        await finished(house)

    house.run(story())


def test_a_line_that_was_not_quiet_yet_is_listened_to_before_the_question(
    house: VirtualHouse, tmp_path: Path
) -> None:
    async def story() -> None:
        await begun(house, tmp_path, 30)
        house.board.out.line("Resend: 5")
        while house.backend.core.sync is not Sync.QUIET:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        house.stand_still(1000.0)
        await finished(house)

    house.run(story())


@pytest.mark.parametrize("days", [-1, 1])
def test_the_wall_clock_jumps_and_nothing_else(
    house: VirtualHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    async def story() -> None:
        await begun(house, tmp_path, 30)
        before, wall = house.backend.state.job, time.time
        began = house.loop.time()
        monkeypatch.setattr(time, "time", lambda: wall() + days * 86_400)
        await finished(house)
        job = house.backend.state.job
        assert before is not None
        assert job is not None
        assert job.elapsed_s - before.elapsed_s == pytest.approx(house.loop.time() - began, abs=2)
        assert job.started_at is not None
        assert job.ended_at is not None
        assert job.ended_at >= job.started_at

    house.run(story())
