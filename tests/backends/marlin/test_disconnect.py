"""Closing the port on request: never with a heater on that nobody was asked about."""

from __future__ import annotations

import pytest

from gbterm.errors import NeedsConfirmation
from gbterm.model import Phase
from gbterm.simulator import faults
from tests.backends.marlin.virtual import VirtualHouse


def test_a_mute_board_is_left_with_its_heaters_on_only_where_somebody_agrees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.set_temperature(nozzles={0: 200})
        await house.until(lambda: house.heaters[0].target == 200, 10)
        house.board.inject(faults.Mute())
        with pytest.raises(NeedsConfirmation, match="does not confirm that its heaters are off"):
            await backend.disconnect_printer()
        assert house.phases[-1][0] is Phase.READY
        await backend.disconnect_printer(confirmed=True)
        phase, reason = house.phases[-1]
        assert phase is Phase.DISCONNECTED
        assert "Somebody disconnected it" in reason
        await backend.close()

    house.run(story())


def test_the_heaters_are_off_before_the_port_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.set_temperature(nozzles={0: 200, 1: 180}, bed=60)
        await backend.disconnect_printer()
        assert [heater.target for heater in house.heaters] == [0, 0, 0]
        phase, reason = house.phases[-1]
        assert (phase, reason[:8]) == (Phase.DISCONNECTED, "Somebody")
        sent = len(house.sent)
        with pytest.raises(TimeoutError):
            await house.until(lambda: len(house.sent) > sent, 60)
        await backend.connect_printer()
        assert Phase.READY in house.phases[-1]
        await backend.connect_printer()
        await backend.close()

    house.run(story())
