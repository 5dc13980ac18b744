"""Levelling by hand: from corner to corner, and never left with the nozzle on the bed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.backends.marlin.corners import LEFT_AFTER_S
from gbterm.bed_corners import CORNERS, place
from gbterm.errors import NeedsConfirmation, OutOfRange, WrongState
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

PROBE = {"levelling": "bilinear", "mesh_points": 3}
AT = {"left front": (30, 30), "right back": (170, 170), "middle": (100, 100)}


def place_of(house: VirtualHouse) -> tuple[float, ...]:
    return tuple(round(value, 2) for value in house.board.machine.planner.position[:3])


def levels(house: VirtualHouse) -> bool:
    return house.board.machine.bed.is_active


def test_the_nozzle_goes_round_lifted_between_and_is_lifted_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default", build=PROBE)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.probe_bed(confirmed=True)
        with pytest.raises(NeedsConfirmation, match="homes all axes"):
            await backend.visit_corner(0)
        await backend.visit_corner(0, confirmed=True)
        # The mesh would hide what the screws do.
        assert not levels(house)
        assert place_of(house) == (30, 30, 0.1)
        begun = len(house.executed)
        for name, spot in AT.items():
            await backend.visit_corner(CORNERS.index(name))
            assert place_of(house) == (*spot, 0.1)
        moves = [text for _, text in house.executed[begun:] if text.startswith("G1")]
        assert [move.split()[1][0] for move in moves] == ["Z", "X", "Z"] * 3
        assert "G28" not in [text for _, text in house.executed[begun:]]
        with pytest.raises(OutOfRange, match="no corner 5"):
            await backend.visit_corner(5)
        await backend.visit_corner(None)
        await backend.send_gcode("M400")
        assert place_of(house) == (100, 100, 10.1)
        assert levels(house)
        # It has ended: nothing more is lifted, and the next begins with homing.
        await backend.visit_corner(None)
        with pytest.raises(NeedsConfirmation):
            await backend.visit_corner(1)
        assert all(heater.target == 0 for heater in house.heaters)
        await backend.close()

    house.run(story())


def test_a_terminal_that_went_away_leaves_no_nozzle_on_the_bed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.visit_corner(2, confirmed=True)
        assert place_of(house) == (170, 170, 0.1)
        await house.until(lambda: place_of(house) == (170, 170, 10.1), LEFT_AFTER_S + 30)
        await backend.close()

    house.run(story())


def test_a_print_begins_lifted_and_with_its_mesh(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default", build=PROBE)
    (file := tmp_path / "a.gcode").write_text("G1 X60 F6000\n" + "G1 Z50\nG1 X10\nG1 X100\n" * 9)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.probe_bed(confirmed=True)
        going = asyncio.ensure_future(backend.visit_corner(0, confirmed=True))
        await house.until(lambda: [text for _, text in house.executed].count("G28") == 2, 60)
        # The rest of the way there would come into the print.
        with pytest.raises(WrongState, match="goes to a corner"):
            await backend.start_job(file, "a.gcode")
        await going
        await backend.start_job(file, "a.gcode")
        with pytest.raises(WrongState, match="corners of its bed"):
            await backend.visit_corner(1)
        await house.until(lambda: backend.state.phase is Phase.READY, 1000)
        texts = [text for _, text in house.executed]
        begun = texts.index("G1X60F6000")
        assert "G1 Z10 F300" in texts[begun - 20 : begun]
        assert "M420 S1" in texts[begun - 20 : begun]
        # Nobody lifts to where the nozzle would be in the part.
        await asyncio.sleep(LEFT_AFTER_S + 30)
        assert place_of(house)[2] == 50
        await backend.close()

    house.run(story())


def test_who_ends_it_on_the_way_lifts_after_the_nozzle_came_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.visit_corner(0, confirmed=True)
        going = asyncio.ensure_future(backend.visit_corner(2))
        await asyncio.sleep(0)
        await asyncio.gather(going, backend.visit_corner(None))
        await backend.send_gcode("M400")
        assert place_of(house) == (170, 170, 10.1)
        await backend.close()

    house.run(story())


def test_it_never_goes_down_to_lift(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.visit_corner(0, confirmed=True)
        await backend.send_gcode("G1 Z60 F1200")
        await asyncio.sleep(LEFT_AFTER_S + 30)
        assert place_of(house) == (30, 30, 70)
        await backend.close()

    house.run(story())


def test_a_board_that_was_connected_anew_homes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.visit_corner(2, confirmed=True)
        await backend.disconnect_printer()
        await backend.connect()
        with pytest.raises(NeedsConfirmation, match="homes all axes"):
            await backend.visit_corner(1)
        await backend.close()

    house.run(story())


@pytest.mark.parametrize(
    ("ends", "spots"),
    [
        ((0.0, 220.0), [(30, 30), (190, 30), (190, 190), (30, 190), (110, 110)]),
        ((0.0, 120.0), [(20, 20), (100, 20), (100, 100), (20, 100), (60, 60)]),
    ],
)
def test_corners_keep_away_from_the_edges(
    ends: tuple[float, float], spots: list[tuple[float, float]]
) -> None:
    assert [place(corner, ends, ends) for corner in range(len(CORNERS))] == spots
