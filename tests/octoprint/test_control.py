"""Heaters, moves, filament, fans and overrides of a printer behind a real OctoPrint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from math import inf, nan

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import OutOfRange
from gbterm.events import Event, PositionReported
from gbterm.model import Position
from tests.octoprint.live import OctoPrint
from tests.octoprint.seen import Cable, connected, until

Both = tuple[OctoPrintBackend, Cable]


@pytest.fixture
async def both(server: OctoPrint) -> AsyncIterator[Both]:
    async with connected(server) as both:
        yield both


async def test_targets_are_set_and_told(both: Both) -> None:
    backend, cable = both
    await backend.set_temperature(nozzles={0: 43}, bed=31, chamber=29)
    await cable.until_sent("M104 S43", "M140 S31", "M141 S29")
    await until(lambda: backend.state.nozzles[0].target == 43)
    await until(lambda: backend.state.chamber and backend.state.chamber.target == 29)
    await backend.set_temperature(nozzles={0: 0}, bed=0, chamber=0)
    await cable.until_sent("M104 S0", "M140 S0", "M141 S0")


async def test_a_nozzle_that_is_not_there_heats_no_other_one(both: Both) -> None:
    with pytest.raises(OutOfRange, match="no nozzle 6: this printer has 1"):
        await both[0].set_temperature(nozzles={5: 200})
    # What the server would have made of it.
    assert not any(text.startswith("M104") for text in await _sent_since(both))


@pytest.mark.parametrize("target", [-1.0, nan, inf, 5000.0])
async def test_a_target_without_sense_is_refused_before_it_is_sent(
    both: Both, target: float
) -> None:
    backend, _ = both
    for heater in ({"nozzles": {0: target}}, {"bed": target}, {"chamber": target}):
        with pytest.raises(OutOfRange):
            await backend.set_temperature(**heater)
    assert not await _sent_since(both)


async def _sent_since(both: Both) -> list[str]:
    """What was sent until now: a sign sent behind it has come."""
    backend, cable = both
    sign = f"M118 until {next(_SIGNS)}"
    await backend.send_gcode(sign)
    await cable.until_sent(sign)
    return cable.sent[:-1]


_SIGNS = count()


async def test_an_axis_that_stays_does_not_slow_the_others(both: Both) -> None:
    backend, cable = both
    await backend.move(x=5, z=0)
    await cable.until_sent("G91", "G0 X5 F6000", "G90", "M114")
    await backend.move(x=-5, y=None, z=0.0, rate_mm_s=50)
    await cable.until_sent("G91", "G0 X-5 F3000", "G90", "M114")


async def test_a_move_of_nothing_is_not_sent(both: Both) -> None:
    await both[0].move()
    await both[0].move(x=0, z=0.0)
    await both[0].home("")
    await both[0].extrude(0)
    assert not await _sent_since(both)


async def test_to_a_place_zero_is_a_place(both: Both) -> None:
    backend, cable = both
    await backend.move(x=0, y=0.12345, relative=False, rate_mm_s=10)
    await cable.until_sent("G90", "G0 X0 Y0.1235 F600", "M114")


async def test_up_is_up_and_the_place_is_told_after_it(both: Both) -> None:
    backend, cable = both
    await backend.home()
    await cable.until_sent("G91", "G28 X0 Y0 Z0", "G90", "M114")
    await backend.move(x=3, y=4, z=5, relative=False, rate_mm_s=200)
    await cable.until_sent("G90", "G0 X3 Y4 Z5 F12000", "M114")
    while replace(backend.state.position, e=None) != Position(3, 4, 5):
        # This board may be asked before it has read the move.
        await backend.send_gcode("M114")
    told: list[Event] = []
    backend.subscribe(lambda event, _: told.append(event))
    # Where that ends this board does not always know: it reads a move by the mode of after it.
    await backend.move(z=2.5)
    await cable.until_sent("G91", "G0 Z2.5 F200", "G90", "M114")
    await until(lambda: any(isinstance(event, PositionReported) for event in told))


@pytest.mark.parametrize("distance", [nan, inf, -20_000.0])
async def test_a_distance_without_sense_is_refused(both: Both, distance: float) -> None:
    with pytest.raises(OutOfRange):
        await both[0].move(x=distance)
    with pytest.raises(OutOfRange):
        await both[0].move(x=1, rate_mm_s=distance)
    with pytest.raises(OutOfRange):
        await both[0].extrude(distance)


async def test_filament_goes_both_ways(both: Both) -> None:
    backend, cable = both
    await backend.extrude(2.5, rate_mm_s=4)
    await cable.until_sent("G91", "M83", "G1 E2.5 F240", "M82", "G90")
    await backend.extrude(-1)
    await cable.until_sent("G1 E-1 F300")
    with pytest.raises(OutOfRange, match="no nozzle 2"):
        await backend.extrude(1, nozzle=1)


async def test_overrides_are_percent_and_told_once_they_are_sent(both: Both) -> None:
    backend, cable = both
    await backend.set_speed(1)
    await cable.until_sent("M220 S1")
    await until(lambda: backend.state.speed_percent == 1)
    await backend.set_flow(115)
    await cable.until_sent("M221 S115")
    await until(lambda: backend.state.flow_percent == 115)
    for percent in (0, -5, nan, 1000):
        with pytest.raises(OutOfRange):
            await backend.set_speed(percent)
        with pytest.raises(OutOfRange):
            await backend.set_flow(percent)
    await backend.set_speed(100)
    await backend.set_flow(100)
    await until(lambda: backend.state.speed_percent == backend.state.flow_percent == 100)


async def test_fans_and_motors(both: Both) -> None:
    backend, cable = both
    await backend.set_fan(0, 50)
    await cable.until_sent("M106 S127")
    await until(lambda: backend.state.fans == {0: 50})
    await backend.set_fan(1, 100)
    await cable.until_sent("M106 P1 S255")
    await backend.set_fan(0, 0)
    await cable.until_sent("M107")
    await until(lambda: backend.state.fans == {0: 0, 1: 100})
    with pytest.raises(OutOfRange):
        await backend.set_fan(7, 10)
    await backend.set_steppers(enabled=False)
    await cable.until_sent("M18")
    await until(lambda: backend.state.steppers_enabled is False)
    await backend.set_steppers(enabled=True)
    await cable.until_sent("M17")
    await until(lambda: backend.state.steppers_enabled)


async def test_what_somebody_else_sets_is_told_without_a_console(server: OctoPrint) -> None:
    backend = OctoPrintBackend(server.url, "prusa", Credentials(server.key))
    await backend.connect()
    server.post("/api/printer/command", {"commands": ["M106 S51", "M220 S80", "M221 S90"]})
    await until(lambda: backend.state.fans.get(0) == 20)
    await until(lambda: (backend.state.speed_percent, backend.state.flow_percent) == (80, 90))
    await backend.close()
    again = OctoPrintBackend(server.url, "prusa", Credentials(server.key))
    await again.connect()
    await until(lambda: again.state.fans.get(0) == 20)
    server.post("/api/printer/command", {"commands": ["M107", "M220 S100", "M221 S100"]})
    await until(lambda: again.state.fans.get(0) == 0 and again.state.flow_percent == 100)
    await again.close()


async def test_what_the_board_leaves_out_is_told_without_a_console(server: OctoPrint) -> None:
    backend = OctoPrintBackend(server.url, "prusa", Credentials(server.key))
    await backend.connect()
    server.fault("send echo:Home XY First")
    server.fault("send echo: cold extrusion prevented")
    await until(lambda: len(backend.state.messages) >= 2)
    assert backend.state.homing_demanded == "XY"
    assert [message.level for message in backend.state.messages[-2:]] == ["warning", "warning"]
    assert "cold extrusion prevented" in backend.state.messages[-1].text
    await backend.home("xy")
    await until(lambda: backend.state.homing_demanded == "")
    await backend.close()
