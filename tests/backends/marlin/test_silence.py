"""A board that neither hears nor answers: every wait ends, and the heaters go off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.model import Phase
from gbterm.simulator import faults
from tests.backends.marlin.virtual import VirtualHouse

MOVES = [f"G1X{x % 60}F600" for x in range(60)]


@pytest.fixture(params=["default", "big", "plain", "single"])
def house(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> VirtualHouse:
    return VirtualHouse(monkeypatch, request.param, heat_speed=10.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "j.gcode"


def write(path: Path, *commands: str) -> None:
    path.write_text("\n".join(commands) + "\n")


async def start(house: VirtualHouse, path: Path, *commands: str) -> None:
    write(path, *commands)
    await house.backend.connect()
    await house.backend.start_job(path, path.name)


async def in_phase(house: VirtualHouse, phase: Phase, limit_s: float = 300.0) -> None:
    await house.until(lambda: house.backend.state.phase is phase, limit_s)


@pytest.mark.parametrize("fault", [faults.Mute(), faults.Reset(banner=False)], ids=str)
def test_a_board_that_fell_silent_between_prints_is_found_out(
    house: VirtualHouse, fault: faults.Fault
) -> None:
    async def story() -> None:
        await house.backend.connect()
        house.board.inject(fault)
        await in_phase(house, Phase.ERROR, 100)

    house.run(story())


def test_a_file_may_turn_the_reports_of_temperatures_off(house: VirtualHouse, path: Path) -> None:
    async def story() -> None:
        await start(house, path, "M155 S0", "M104 S100", "G4 S60", "G4 S60")
        await house.until(lambda: house.executed[-1][1] == "G4 S60", 50)
        await in_phase(house, Phase.READY)
        await house.until(lambda: (house.backend.state.nozzles[0].current or 0) > 90, 30)

    house.run(story())


def test_the_heaters_of_a_board_that_was_mute_for_long_are_turned_off(
    house: VirtualHouse, path: Path
) -> None:
    async def story() -> None:
        await start(house, path, "M140 S50", "M104 S100", *MOVES * 9)
        await house.until(lambda: (house.backend.state.nozzles[0].current or 0) > 90, 50)
        house.board.inject(faults.Mute(400.0))
        deaf(house)
        await in_phase(house, Phase.ERROR, 100)
        await house.until(lambda: len(house.sent) > 0 and house.loop.time() > 450, 500)
        assert any(heater.target for heater in house.heaters)
        house.tamper = lambda _towards, data: data
        house.board.inject(faults.Mute(on=False))
        await house.until(lambda: not any(heater.target for heater in house.heaters), 70)
        assert any("switch the printer off" in m.text for m in house.backend.state.messages)

    house.run(story())


def deaf(house: VirtualHouse) -> None:
    """Nothing gets to the board any more."""
    house.tamper = lambda towards, data: b"" if towards == "board" else data


def test_a_numbering_that_gets_no_answer_at_first_begins_all_the_same(
    house: VirtualHouse, path: Path
) -> None:
    async def story() -> None:
        await house.backend.connect()
        await house.until(lambda: house.backend.core.is_drained, 10)
        house.executed.clear()
        deaf(house)
        write(path, *MOVES)
        await house.backend.start_job(path, path.name)
        await house.until(lambda: house.loop.time() > 115, 50)
        house.tamper = lambda _towards, data: data
        await in_phase(house, Phase.READY)
        assert [text for _, text in house.executed if text.startswith("G1")] == MOVES
        assert not any("damaged" in m.text for m in house.backend.state.messages)

    house.run(story())


@pytest.mark.parametrize("asked", ["Nozzle Parked", "Paused"])
def test_a_cancel_ends_though_what_should_end_the_wait_was_lost(
    monkeypatch: pytest.MonkeyPatch, path: Path, asked: str
) -> None:
    house = VirtualHouse(monkeypatch, "default", heat_speed=10.0)

    async def story() -> None:
        backend = house.backend
        await start(house, path, "M302 P1", "G28", "M600", *MOVES)
        await house.until(lambda: backend.state.prompt is not None, 200)
        if asked == "Paused":
            await backend.answer_prompt(0)
            await house.until(
                lambda: backend.state.prompt is not None and len(backend.state.prompt.choices) > 1,
                200,
            )
        deaf(house)
        await backend.cancel()
        house.tamper = lambda _towards, data: data
        await in_phase(house, Phase.READY, 120)
        assert not [text for _, text in house.executed if text in MOVES]

    house.run(story())


def test_a_print_that_ends_takes_its_question_back(house: VirtualHouse, path: Path) -> None:
    async def story() -> None:
        await start(house, path, "M0 look", *MOVES)
        await house.until(lambda: house.backend.state.prompt is not None, 50)
        house.board.inject(faults.Reset())
        await in_phase(house, Phase.ERROR, 20)
        assert house.backend.state.prompt is None

    house.run(story())


def test_a_resume_in_the_middle_of_a_false_resend_drops_no_line(
    house: VirtualHouse, path: Path
) -> None:
    async def story() -> None:
        backend = house.backend
        await start(house, path, *MOVES[:5], "M0 look", *MOVES[5:])
        await in_phase(house, Phase.PAUSED)
        last_move = max(n for n, text in house.executed if n and text.startswith("G1"))
        house.board.out.line(f"Resend: {last_move}")
        await backend.set_temperature(bed=0)
        await asyncio.sleep(0.05)
        assert backend.core.trouble is not None
        await backend.resume()
        await in_phase(house, Phase.READY)
        assert [text for _, text in house.executed if text.startswith("G1")] == MOVES
        assert backend.state.job is not None
        assert backend.state.job.outcome == "finished"

    house.run(story())


def test_a_long_file_is_cancelled_in_mid_reading(house: VirtualHouse, path: Path) -> None:
    async def story() -> None:
        await start(house, path, *MOVES * 200)
        await house.until(lambda: len(house.executed) > 100, 300)
        await house.backend.cancel()
        await in_phase(house, Phase.READY)
        job = house.backend.state.job
        assert job is not None
        assert job.outcome == "cancelled"

    house.run(story())


def test_a_long_file_is_stopped_in_mid_reading(house: VirtualHouse, path: Path) -> None:
    async def story() -> None:
        await start(house, path, *MOVES * 200)
        await house.until(lambda: len(house.executed) > 100, 300)
        report = await house.backend.emergency_stop()
        assert report.confirmed
        assert house.backend.state.phase is Phase.ERROR
        assert "changed" not in house.backend.state.last_error

    house.run(story())
