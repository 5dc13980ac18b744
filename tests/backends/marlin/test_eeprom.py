"""The settings of a board: listed, changed, stored and loaded, and what is stored of them."""

from __future__ import annotations

import pytest

from gbterm.board_settings import BoardSettings
from gbterm.errors import (
    NeedsConfirmation,
)
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
    assert "M92 X80.00 Y80.00 Z400.00 E93.127" in sent
    assert "M301 P20 I1.08 D114.00" in sent
