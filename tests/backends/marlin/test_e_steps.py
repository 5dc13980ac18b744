"""Calibrating an extruder, on a board whose extruder takes other steps than it is told."""

from __future__ import annotations

import asyncio

import pytest

from gbterm import e_steps
from gbterm.errors import OutOfRange, WrongState
from tests.backends.marlin.virtual import VirtualHouse

LONG_S = 4000.0


@pytest.mark.parametrize(("variant", "true"), [("single", 485.0), ("default", 530.0)])
def test_what_was_pushed_makes_the_extruder_right(
    monkeypatch: pytest.MonkeyPatch, variant: str, true: float
) -> None:
    house = VirtualHouse(monkeypatch, variant, build={"e_steps": true})
    told: list[str] = []

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("G92 E7")
        await e_steps.push(backend, 0, 210, told.append)
        await backend.send_gcode("M400")
        pushed = house.board.machine.filament_mm
        assert pushed == pytest.approx(100 * 500 / true)
        assert told[0].startswith("Heating nozzle 1: ")
        assert told[-1] == "Pushing: 95 of 100 mm."
        # The nozzle is off, as it was, and E what it was.
        assert house.heaters[0].target == 0
        assert (await backend.send_gcode("M114"))[0].lines[0].split()[3] == "E:7.00"
        now = await e_steps.setting(backend, 0)
        assert (now.name, now.value) == ("M92 E", "500.00")
        then = e_steps.corrected(now.value, e_steps.MARK_MM - pushed)
        assert float(then) == pytest.approx(true, abs=0.01)
        await backend.set_board_settings({now.name: then}, confirmed=True)
        await e_steps.push(backend, 0, 210, told.append)
        await backend.send_gcode("M400")
        assert house.board.machine.filament_mm - pushed == pytest.approx(100, abs=0.01)
        await backend.close()

    house.run(story())


@pytest.mark.parametrize("amid", ["Heating", "Pushing: 50"])
def test_left_at_any_point_nothing_is_changed_and_the_nozzle_cools(
    monkeypatch: pytest.MonkeyPatch, amid: str
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    told: list[str] = [""]

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        task = asyncio.get_running_loop().create_task(e_steps.push(backend, 0, 210, told.append))
        await house.until(lambda: told[-1].startswith(amid), LONG_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await backend.send_gcode("M400")
        assert house.heaters[0].target == 0
        assert house.board.machine.filament_mm < 60
        assert house.board.machine.settings.steps[3] == 500
        await backend.close()

    house.run(story())


def test_a_flow_that_would_be_measured_too_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.set_flow(90)
        await backend.send_gcode("M400")
        with pytest.raises(WrongState, match="The flow is 90 %"):
            await e_steps.push(backend, 0, 210, print)
        await backend.set_flow(100)
        await backend.send_gcode("M400")
        with pytest.raises(OutOfRange, match="from 170 °C on"):
            await e_steps.push(backend, 0, 150, print)
        assert house.heaters[0].target == 0
        await backend.close()

    house.run(story())


@pytest.mark.parametrize(
    ("left", "then", "odd"),
    [(20, "500.00", False), (23.5, "518.13", False), (75, "1111.11", True), (1, "420.17", False)],
)
def test_the_new_steps(left: float, then: str, odd: bool) -> None:
    assert e_steps.corrected("500.00", left) == then
    assert e_steps.is_odd("500.00", then) is odd


@pytest.mark.parametrize("left", [0, -1, 120, 130])
def test_what_can_not_have_been_measured(left: float) -> None:
    with pytest.raises(OutOfRange, match="between 0 and 120"):
        e_steps.corrected("500.00", left)
