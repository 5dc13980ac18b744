"""Babysteps that stay: old to new, once, checked and stored, on every kind of board."""

from __future__ import annotations

from typing import Any

import pytest

from gbterm.backends.capability import Capability
from gbterm.errors import NeedsConfirmation, NotSupported, PrinterError, WrongState
from gbterm.z_offset import ZOffset, of_home, of_probe
from tests.backends.marlin.virtual import VirtualHouse

PROBE = {"levelling": "bilinear", "mesh_points": 3}
FOLLOWS = PROBE | {"offset_by_babysteps": True}


def settings(house: VirtualHouse) -> list[str]:
    """What changed or stored one."""
    return [
        text for _, text in house.executed if text.startswith(("M851 ", "M206 ", "M290 ", "M500"))
    ]


def saves(monkeypatch: pytest.MonkeyPatch, build: dict[str, Any], **tells: Any) -> VirtualHouse:
    """A board whose nozzle is lowered by 0.05 mm in two steps, which are stored then."""
    house = VirtualHouse(monkeypatch, "default", build=build)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        assert Capability.Z_OFFSET in backend.capabilities
        await backend.home()
        await backend.babystep(-0.1)
        await backend.babystep(0.05)
        told = await backend.z_offset()
        assert (told.babystep_mm, told.before_mm, told.wanted_mm) == tells["before"]
        with pytest.raises(NeedsConfirmation, match=tells["asks"]):
            await backend.save_z_offset()
        assert "M500" not in settings(house)
        saved = await backend.save_z_offset(confirmed=True)
        assert (saved.now_mm, saved.babystep_mm) == (tells["before"][2], 0.0)
        # A second time there is nothing: it would be there twice.
        if not told.follows:
            with pytest.raises(WrongState, match="nothing to save"):
                await backend.save_z_offset(confirmed=True)
        await backend.close()

    house.run(story())
    return house


def test_of_a_board_that_does_not_count_them_the_probes_offset_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = saves(
        monkeypatch, PROBE, before=(-0.05, -1.5, -1.55), asks=r"Z-1\.55, which was -1\.50"
    )
    assert settings(house) == ["M290 Z-0.1", "M290 Z0.05", "M851 Z-1.55", "M500"]
    assert house.board.machine.settings.probe_offset[2] == -1.55


def test_of_one_that_counts_them_it_is_stored_and_not_set_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = saves(
        monkeypatch, FOLLOWS, before=(-0.05, -1.5, -1.55), asks=r"Z-1\.55, which was -1\.50"
    )
    assert settings(house) == ["M290 Z-0.1", "M290 Z0.05", "M500"]
    assert house.board.machine.settings.probe_offset[2] == pytest.approx(-1.55)


def test_without_a_probe_it_is_the_home_offset_which_acts_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other way round, and in place of the babysteps, not besides."""
    house = saves(monkeypatch, {}, before=(-0.05, 0.0, 0.05), asks=r"M206 Z0\.05, which was 0\.00")
    assert settings(house) == ["M290 Z-0.1", "M290 Z0.05", "M206 Z0.05", "M290 Z0.05", "M500"]
    assert house.board.machine.settings.home_offset[2] == 0.05
    assert house.board.machine.babystep == pytest.approx(0)


def test_homing_takes_back_what_was_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default", build=PROBE)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.home()
        await backend.babystep(-0.1)
        assert (await backend.z_offset()).babystep_mm == -0.1
        await backend.home("xy")
        assert (await backend.z_offset()).babystep_mm == -0.1
        await backend.home()
        with pytest.raises(WrongState, match="no babysteps since Z was homed"):
            await backend.save_z_offset(confirmed=True)
        await backend.close()

    house.run(story())
    assert "M500" not in settings(house)


def test_what_the_board_does_not_take_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default", build=PROBE)
    house.board.machine.settings.probe_offset[2] = -19.95

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.home()
        await backend.babystep(-0.1)
        with pytest.raises(PrinterError, match=r"did not take M851 Z-20\.05: it has -19\.95"):
            await backend.save_z_offset(confirmed=True)
        assert (await backend.z_offset()).babystep_mm == -0.1
        await backend.close()

    house.run(story())
    assert "M500" not in settings(house)


def test_a_mesh_is_stored_in_its_slot_or_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default", build={"levelling": "ubl", "mesh_points": 10})

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.probe_bed(confirmed=True)
        with pytest.raises(NeedsConfirmation, match="in slot 0, over what is there"):
            await backend.store_mesh()
        assert (await backend.store_mesh(confirmed=True)).kind == "ubl"
        await backend.close()

    house.run(story())
    assert [text for _, text in house.executed][-3:-1] == ["G29 S0", "M500"]
    assert house.board.machine.bed.slot == 0


def test_a_firmware_without_babysteps_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")
    monkeypatch.setitem(house.backend.state.firmware.capabilities, "BABYSTEPPING", False)

    async def story() -> None:
        with pytest.raises(NotSupported, match="no BABYSTEPPING or no EEPROM"):
            await house.backend.z_offset()

    house.run(story())


@pytest.mark.parametrize(
    ("line", "z"),
    [
        ("  M851 X-20.00 Y-5.00 Z-1.50 ; (mm)", -1.5),
        ("echo:  M851 Z0.40", 0.4),
        ("  M851 Probe Offset X10.00 Y0.00 Z-2.35 ;", -2.35),
        ("echo:Probe Offset Z-1.45", -1.45),
        ("echo:Probe Z Offset: -0.95", -0.95),
        ("echo:MBL Adjust Z0.00", None),
        ("M851 Z", None),
    ],
)
def test_the_offset_is_read_from_what_builds_say(line: str, z: float | None) -> None:
    assert of_probe(["echo:busy: processing", line]) == z


def test_the_last_one_counts_and_the_home_offset_is_another() -> None:
    assert of_probe(["M851 Z1.00", "M851 Z2.00"]) == 2.0
    assert of_home(["echo:  M206 X0.00 Y0.00 Z-0.30"]) == -0.3
    assert ZOffset(0.0, 0.1, of_probe=False).wanted_mm == -0.1
