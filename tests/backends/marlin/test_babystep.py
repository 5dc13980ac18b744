"""Babysteps: the nozzle moves, no position does, and a print goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.backends.capability import Capability
from gbterm.backends.marlin.audit import EVERY_S
from gbterm.errors import NotSupported, OutOfRange, WrongState
from gbterm.model import Phase
from gbterm.simulator import faults, texts
from tests.backends.marlin.virtual import VirtualHouse


def test_in_a_print_the_audit_takes_no_babystep_for_a_lost_position(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    file = tmp_path / "a.gcode"
    moves = [f"G1 X{100 + n % 2 * 50} Y{n * 0.25} Z0.2 F1500" for n in range(60)]
    file.write_text("\n".join(["G28", "G90", *moves]) + "\n")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        assert Capability.BABYSTEP in backend.capabilities
        await backend.start_job(file, "a.gcode")
        began = house.loop.time()
        await house.until(lambda: backend.state.position.z == 0.2, 120)
        for step in (0.05, 0.5, -0.15):
            await backend.babystep(step)
        await house.until(lambda: backend.state.babystep_mm == 0.4, 30)
        await backend.pause()
        await house.until(lambda: backend.state.phase is Phase.PAUSED, 120)
        await backend.babystep(-0.5)
        await backend.resume()
        await house.until(lambda: backend.state.phase is Phase.READY, 600)
        assert house.loop.time() - began > 3 * EVERY_S
        assert backend.state.babystep_mm == -0.1
        assert backend.state.position.z == 0.2
        await backend.close()

    house.run(story())
    assert house.board.machine.babystep == pytest.approx(-0.1)
    steps = [text for _, text in house.executed if text.startswith("M290")]
    assert steps == ["M290 Z0.05", "M290 Z0.5", "M290 Z-0.15", "M290 Z-0.5"]
    assert sum(text == "M114" for _, text in house.executed) > 5
    assert [phase for phase, _ in house.phases].count(Phase.PAUSED) == 1


def test_steps_and_their_sum_are_bounded_and_a_reset_board_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        with pytest.raises(NotSupported):
            await backend.babystep(0.1)
        await backend.connect()
        await backend.home()
        for wrong in (0.51, -0.6, 0.0, float("nan"), float("inf")):
            with pytest.raises(OutOfRange, match=r"up to 0\.5 mm up or down"):
                await backend.babystep(wrong)
        for _ in range(4):
            # Those that the board has not taken yet count as well.
            await backend.babystep(-0.5)
        with pytest.raises(OutOfRange, match=r"-2 mm off by babysteps, and may be 2 mm at most"):
            await backend.babystep(-0.1)
        await backend.babystep(0.1)
        await house.until(lambda: backend.state.babystep_mm == -1.9, 60)
        assert house.board.machine.babystep == pytest.approx(-1.9)
        house.board.inject(faults.Reset())
        await house.until(lambda: backend.state.phase is Phase.ERROR, 30)
        assert backend.state.babystep_mm == 0
        with pytest.raises(WrongState, match="stopped by an error"):
            await backend.babystep(0.1)
        await backend.reconnect()
        assert backend.state.babystep_mm == 0
        await backend.close()

    house.run(story())


def test_a_board_without_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(texts.CAPABILITIES, "BABYSTEPPING", (0, 0))
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        await house.backend.connect()
        assert Capability.BABYSTEP not in house.backend.capabilities
        with pytest.raises(NotSupported, match="its firmware has no BABYSTEPPING"):
            await house.backend.babystep(0.1)
        await house.backend.close()

    house.run(story())


def test_before_z_is_homed_the_board_would_ignore_them(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def refused() -> None:
        with pytest.raises(WrongState, match=r"Z was not homed .* Home Z first"):
            await house.backend.babystep(0.1)
        with pytest.raises(WrongState, match="Home Z first"):
            await house.backend.send_gcode("M290 Z0.1\nG28")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await refused()
        await backend.home("xy")
        await refused()
        await backend.send_gcode("G28 Z\nM290 Z0.1")
        assert backend.state.babystep_mm == 0.1
        await backend.reconnect()
        await refused()
        await backend.home("z")
        # It comes after the homing, which has not ended yet.
        await backend.babystep(0.2)
        await house.until(lambda: backend.state.babystep_mm == 0.2, 60)
        await backend.close()

    house.run(story())
    assert house.board.machine.babystep == pytest.approx(0.3)


def a_print(*lines: str) -> str:
    return "\n".join([*lines, *(f"G1 X{n % 2 * 50} F600" for n in range(1, 20))]) + "\n"


@pytest.mark.parametrize("first", ["G28", "M17\nG28 X0 Y0 Z0"])
def test_a_file_homes_as_well_and_what_it_does_before_is_not_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: str
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    file = tmp_path / "a.gcode"
    file.write_text(a_print("M290 Z1", first, "M290 Z0.25"))

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.start_job(file, "a.gcode")
        await house.until(lambda: backend.state.babystep_mm == 0.25, 120)
        await backend.babystep(0.5)
        await house.until(lambda: backend.state.babystep_mm == 0.75, 120)
        await house.until(lambda: backend.state.phase is Phase.READY, 600)
        await backend.close()

    house.run(story())
    assert house.board.machine.babystep == pytest.approx(0.75)


def test_the_way_back_from_where_a_file_led_is_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    file = tmp_path / "a.gcode"
    file.write_text(a_print("G28", "M290 Z2", "M290 Z.5"))

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.start_job(file, "a.gcode")
        await house.until(lambda: backend.state.babystep_mm == 2.5, 120)
        with pytest.raises(OutOfRange, match=r"\+2\.5 mm off"):
            await backend.babystep(0.01)
        await backend.babystep(-0.25)
        await house.until(lambda: backend.state.babystep_mm == 2.25, 120)
        await house.until(lambda: backend.state.phase is Phase.READY, 600)
        await backend.close()

    house.run(story())


@pytest.mark.parametrize("text", ["M290 Z0.6", "M290 S-.51", "M 0290 Z+2", "M290 P0 Z9"])
def test_no_step_that_is_typed_may_be_longer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("G28")
        with pytest.raises(OutOfRange, match=r"up to 0\.5 mm up or down"):
            await backend.send_gcode(f"M117 one\n{text}")
        replies = await backend.send_gcode("M290\nM290 Z0\nM290 Z-.5")
        assert [reply.lines for reply in replies] == [("echo:MBL Adjust Z0.00",), (), ()]
        assert backend.state.babystep_mm == -0.5
        await backend.close()

    house.run(story())
    assert "M117 one" not in [line for _, line in house.executed]


def test_what_is_typed_at_once_goes_no_further_than_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("G28")
        with pytest.raises(OutOfRange, match=r"\+2 mm off by babysteps"):
            await backend.send_gcode("M290 Z0.5\n" * 5)
        assert backend.state.babystep_mm == 0
        typed = [backend.send_gcode("M290 Z0.5\n" * 3) for _ in range(4)]
        came = await asyncio.gather(*typed, return_exceptions=True)
        assert [type(one) for one in came if not isinstance(one, list)] == [OutOfRange] * 4
        assert backend.state.babystep_mm == 2
        await backend.close()

    house.run(story())
    assert house.board.machine.babystep == pytest.approx(2)
