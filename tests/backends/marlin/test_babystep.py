"""Babysteps: the nozzle moves, no position does, and a print goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.backends.base import Capability
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
