"""The settings of a board: listed, changed, stored and loaded, and what is stored of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gbterm.board_settings import BoardSettings
from gbterm.errors import (
    NeedsConfirmation,
    NotSupported,
    OutOfRange,
    PrinterError,
    UsageError,
    WrongState,
)
from gbterm.model import Phase
from gbterm.simulator import faults
from gbterm.simulator.eeprom import Damage
from gbterm.simulator.variants import VARIANTS
from tests.backends.marlin.virtual import VirtualHouse


def value(settings: BoardSettings, name: str) -> tuple[str, str | None]:
    """What is active and what is stored of it."""
    (found,) = [setting for setting in settings.settings if setting.name == name]
    return found.value, found.stored


def test_what_is_stored_is_known_of_a_board_that_started(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        listed = await backend.board_settings()
        assert (listed.stored, value(listed, "M92 E")) == ("unknown", ("500.00", None))
        assert "did not start when it was connected" in listed.why
        await backend.disconnect_printer()
        house.board.reset()
        await backend.connect()
        with pytest.raises(NeedsConfirmation, match=r"M92 E from 500.00 to 93.127\?"):
            await backend.set_board_settings({"m92 e": "93.127", "M301 P": "20"})
        wanted = {"m92 e": "93.127", "M301 P": "20"}
        changed = await backend.set_board_settings(wanted, confirmed=True)
        assert (changed.stored, changed.why) == ("known", "")
        assert value(changed, "M92 E") == ("93.13", "500.00")
        assert {setting.name for setting in changed.differing} == {"M92 E", "M301 P"}
        with pytest.raises(NeedsConfirmation, match=r"M92 E 93\.13 \(was 500\.00\), M301 P"):
            await backend.store_board_settings()
        stored = await backend.store_board_settings(confirmed=True)
        assert (stored.differing, value(stored, "M92 E")) == ((), ("93.13", "93.13"))
        await backend.set_board_settings({"M92 E": "400"}, confirmed=True)
        with pytest.raises(NeedsConfirmation, match="What was changed is lost: M92 E"):
            await backend.load_board_settings()
        loaded = await backend.load_board_settings(confirmed=True)
        assert value(loaded, "M92 E") == ("93.13", "93.13")
        reset = await backend.reset_board_settings(confirmed=True)
        assert value(reset, "M92 E") == ("500.00", "93.13")
        await backend.close()

    house.run(story())
    sent = [text for _, text in house.executed if text.startswith(("M92", "M301", "M50"))]
    assert "M92 E93.127" in sent
    assert "M301 P20" in sent


def test_a_change_takes_no_decimals_from_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("M92 X80.1234")
        changed = await backend.set_board_settings({"M92 E": "400"}, confirmed=True)
        assert value(changed, "M92 X")[0] == "80.12"
        await backend.close()

    house.run(story())
    steps = house.board.machine.settings.steps
    assert (steps[0], steps[3]) == (80.1234, 400.0)


def test_what_is_stored_at_the_display_is_known_once_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode("M92 E400")
        house.board.inject(faults.Display("M500"))
        await asyncio.sleep(1)
        settings = await backend.board_settings()
        assert (settings.stored, value(settings, "M92 E")) == ("known", ("400.00", "400.00"))
        await backend.send_gcode("M92 E401")
        house.board.inject(faults.Display("M500"))
        house.board.inject(faults.Display("M92 E402"))
        await asyncio.sleep(1)
        await backend.send_gcode("M92 E403")
        settings = await backend.board_settings()
        assert (settings.stored, value(settings, "M92 E")) == ("unknown", ("403.00", None))
        await backend.close()

    house.run(story())


@pytest.mark.parametrize("damage", Damage)
def test_a_board_that_can_not_read_what_is_stored_says_so(
    monkeypatch: pytest.MonkeyPatch, damage: Damage
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.set_board_settings({"M92 E": "400"})
        await backend.store_board_settings(confirmed=True)
        house.board.inject(faults.EepromFails(damage))
        with pytest.raises(PrinterError, match=r"did not load what is stored.*mismatch"):
            await backend.load_board_settings(confirmed=True)
        settings = await backend.board_settings()
        # This firmware stores its defaults then (EEPROM_AUTO_INIT).
        assert (settings.stored, value(settings, "M92 E")) == ("known", ("500.00", "500.00"))
        assert backend.state.phase is Phase.READY
        house.board.inject(faults.EepromFails(None))
        with pytest.raises(PrinterError, match=r"did not say that it stored.*Error writing"):
            await backend.store_board_settings(confirmed=True)
        await backend.close()

    house.run(story())


def test_a_board_without_eeprom_changes_settings_and_stores_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(VARIANTS, "bare", replace(VARIANTS["single"], eeprom=False))
    house = VirtualHouse(monkeypatch, "bare")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        settings = await backend.set_board_settings({"M92 E": "400"})
        assert (settings.stored, value(settings, "M92 E")) == ("absent", ("400.00", None))
        for ask in (backend.store_board_settings, backend.load_board_settings):
            with pytest.raises(NotSupported, match="built without"):
                await ask(confirmed=True)
        await backend.close()

    house.run(story())
    assert not {"M500", "M501"} & {text for _, text in house.executed}


def test_what_would_drive_the_nozzle_into_the_bed_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default", build={"levelling": "bilinear"})

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.set_board_settings({"M851 Z": "-1.0", "M206 Z": "0.4"})
        # Neither is so much more than it was.
        for name, number in (("M851 Z", "-2.9"), ("M206 Z", "-3"), ("M206 X", "5")):
            with pytest.raises(NeedsConfirmation, match=name):
                await backend.set_board_settings({name: number})
        await backend.close()

    house.run(story())


def test_what_can_not_be_is_refused_before_the_board_hears_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    (file := tmp_path / "a.gcode").write_text("G28\n" + "G4 S5\n" * 9)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        for wrong in ("93,1", "1e3", "", "nan", " 5", "5 ", "٣", "0x5", "+5", "12345678"):
            with pytest.raises(UsageError, match="number with a point"):
                await backend.set_board_settings({"M92 E": wrong}, confirmed=True)
        for name, number in (("M92 E", "0"), ("M92 E", "-80"), ("M420 S", "2"), ("M205 J", "1")):
            with pytest.raises(OutOfRange):
                await backend.set_board_settings({name: number}, confirmed=True)
        with pytest.raises(UsageError, match="no setting 'M92 Q'"):
            await backend.set_board_settings({"M92 E": "90", "M92 Q": "1"}, confirmed=True)
        with pytest.raises(UsageError, match="whole number"):
            await backend.set_board_settings({"M420 S": "0.5"}, confirmed=True)
        await backend.send_gcode("M203 Z5")
        with pytest.raises(PrinterError, match=r"did not take M603 T0 L5: M603 T0 L is 0"):
            await backend.set_board_settings(
                {"M92 E": "490", "M603 T0 L": "5", "M603 T0 U": "100.00"}, confirmed=True
            )
        await backend.start_job(file, "a.gcode")
        for ask in (backend.board_settings, partial(backend.set_board_settings, {"M92 E": "9"})):
            with pytest.raises(WrongState, match="settings now"):
                await ask()
        await backend.cancel()
        await backend.close()

    house.run(story())
    assert [text for _, text in house.executed if text.startswith("M92")] == ["M92 E490"]


def test_one_list_after_a_start_is_for_all_and_changes_tell_limits_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.disconnect_printer()
        house.board.reset()
        house.executed.clear()
        await backend.connect()
        await asyncio.sleep(5)
        assert [text for _, text in house.executed].count("M503") == 1
        assert backend.state.motion_limits is not None
        await backend.set_board_settings({"M201 X": "1234"}, confirmed=True)
        assert backend.state.motion_limits.acceleration["X"] == 1234
        await backend.close()

    house.run(story())
