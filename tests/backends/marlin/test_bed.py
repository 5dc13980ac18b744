"""The mesh of a board: asked for, measured, used, and never told what would be an error."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.backends.capability import Capability
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.errors import NeedsConfirmation, NotSupported, PrinterError, WrongState
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

BILINEAR = {"levelling": "bilinear", "mesh_points": 5}
UNIFIED = {"levelling": "ubl", "mesh_points": 10}
LONG = "G28\n" + "G1 X10 F600\nG1 X100\n" * 200


def of_the_bed(house: VirtualHouse) -> list[str]:
    return [text for _, text in house.executed if text.startswith(("G2", "M42"))]


def test_a_bed_is_probed_after_homing_and_levelled_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default", build=BILINEAR)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        assert Capability.MESH | Capability.PROBE in backend.capabilities
        before = await backend.bed_mesh()
        assert (before.points, before.is_active) == ((), False)
        with pytest.raises(NeedsConfirmation, match="homes all axes, then touches the bed"):
            await backend.probe_bed()
        assert of_the_bed(house) == ["M420 V"]
        probing = asyncio.ensure_future(backend.probe_bed(confirmed=True))
        await house.until(lambda: "point 7 of 25" in backend.state.waiting_for, 120)
        with pytest.raises(WrongState, match="is probing its bed"):
            await backend.probe_bed(confirmed=True)
        mesh = await probing
        assert of_the_bed(house)[-4:] == ["M420 V", "G28", "G29 V1", "M420 V"]
        assert (mesh.kind, len(mesh.points), mesh.columns, mesh.missing) == ("bilinear", 5, 5, 0)
        assert (mesh.points[0][4], mesh.points[4][0]) == (0.191, -0.133)
        assert (mesh.is_active, mesh.fade_mm) == (True, 10.0)
        assert backend.state.waiting_for == ""
        assert (await backend.set_levelling(enabled=False)).is_active is False
        assert (await backend.set_levelling(enabled=True)).is_active is True
        # What it measured is for who asked for it.
        assert not [m for m in backend.state.messages if "0.1" in m.text or "Prob" in m.text]
        await backend.close()

    house.run(story())


def test_no_print_begins_between_homing_and_probing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The G29 would come into it."""
    house = VirtualHouse(monkeypatch, "default", build=BILINEAR)
    (file := tmp_path / "a.gcode").write_text(LONG)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        probing = asyncio.ensure_future(backend.probe_bed(confirmed=True))
        await house.until(lambda: "G28" in of_the_bed(house), 120)
        with pytest.raises(WrongState, match="is probing its bed"):
            await backend.start_job(file, "a.gcode")
        with pytest.raises(WrongState, match="is probing its bed"):
            await backend.visit_corner(0, confirmed=True)
        await probing
        assert of_the_bed(house)[-3:] == ["G28", "G29 V1", "M420 V"]
        await backend.close()

    house.run(story())


def test_a_unified_mesh_is_filled_where_the_probe_does_not_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default", build=UNIFIED)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("M421 I3 J4 N")
        partial = await backend.bed_mesh()
        assert (partial.kind, partial.missing, partial.points[4][3]) == ("ubl", 1, None)
        assert (partial.x_mm, partial.is_refused) == ((10.0, 190.0), True)
        mesh = await backend.probe_bed(confirmed=True)
        assert of_the_bed(house).count("G29 P3") == 2
        assert (mesh.missing, mesh.is_active) == (0, True)
        await backend.close()

    house.run(story())


def test_a_board_without_a_whole_mesh_is_not_told_to_level_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would answer by an error, which other hosts take for the end of the printer."""
    house = VirtualHouse(monkeypatch, "default", build=UNIFIED)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("M421 I0 J0 N")
        with pytest.raises(WrongState, match="measured all but 1 points"):
            await backend.set_levelling(enabled=True)
        assert "M420 S1" not in of_the_bed(house)
        # Somebody types it all the same: the printer goes on.
        await backend.send_gcode("M420 S1")
        assert "Failed to enable" in backend.state.last_error
        assert backend.state.phase is Phase.READY
        assert (await backend.bed_mesh()).is_active is False
        await backend.close()

    house.run(story())


def test_a_mesh_is_not_asked_for_beside_a_print_but_in_its_pause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default", build=BILINEAR)
    (file := tmp_path / "a.gcode").write_text(LONG)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.start_job(file, "a.gcode")
        await house.until(lambda: backend.state.phase is Phase.EXECUTING, 60)
        for call in (
            backend.bed_mesh(),
            backend.probe_bed(confirmed=True),
            backend.set_levelling(enabled=False),
        ):
            with pytest.raises(WrongState, match="printing"):
                await call
        await backend.pause()
        await house.until(lambda: backend.state.phase is Phase.PAUSED, 120)
        assert (await backend.bed_mesh()).kind == ""
        with pytest.raises(WrongState, match="paused print"):
            await backend.probe_bed(confirmed=True)
        await backend.cancel()
        await house.until(lambda: backend.state.phase is Phase.READY, 120)
        await backend.close()

    house.run(story())


def test_who_leaves_while_the_bed_is_probed_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default", build=BILINEAR)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        probing = asyncio.ensure_future(backend.probe_bed(confirmed=True))
        await house.until(lambda: "point 3 of" in backend.state.waiting_for, 120)
        probing.cancel()
        await house.until(lambda: not backend.state.waiting_for, 600)
        assert (await backend.bed_mesh()).is_active is True
        assert backend.state.position.z == 5
        assert all(heater.target == 0 for heater in house.heaters)
        await backend.close()

    house.run(story())


async def _refused(backend: MarlinBackend, words: str) -> None:
    for call in (
        backend.bed_mesh(),
        backend.probe_bed(confirmed=True),
        backend.set_levelling(enabled=True),
    ):
        with pytest.raises(NotSupported, match=words):
            await call


def test_a_firmware_that_levels_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        assert not backend.capabilities & (Capability.MESH | Capability.PROBE)
        await _refused(backend, "its firmware tells of no levelling")
        await backend.close()

    house.run(story())


def test_one_that_was_levelled_by_hand_has_no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        assert Capability.PROBE not in backend.capabilities
        with pytest.raises(NotSupported, match="tells of no probe"):
            await backend.probe_bed(confirmed=True)
        await backend.close()

    house.run(story())


def test_a_reset_while_it_probes_is_told_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default", build=BILINEAR)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        probing = asyncio.ensure_future(backend.probe_bed(confirmed=True))
        await house.until(lambda: "point 3 of" in backend.state.waiting_for, 120)
        house.board.reset()
        with pytest.raises(PrinterError, match="restarted by itself"):
            await probing
        assert backend.state.phase is Phase.ERROR
        await backend.reconnect()
        assert (await backend.bed_mesh()).points == ()
        await backend.close()

    house.run(story())
