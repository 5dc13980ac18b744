"""When the printer was last heard, by whatever way its state comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gbterm import events
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.backends.opengb.replica import Replica
from gbterm.model import Phase, Temperature
from tests.backends.opengb.plain_server import PlainServer
from tests.endtoend.house import built
from tests.server.running import Running, until

WARM = events.TemperaturesReported({0: Temperature(20.0, 0.0)}, Temperature(21.0, 0.0), None)


class Clock:
    """Of all replicas of a test: the server's and its clients'."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(Replica, "clock", lambda _: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_only_what_the_board_said_is_heard(
    clock: Clock, running: Running, backend: OpenGbBackend
) -> None:
    clock.now = 1010.0
    running.device.publish(WARM)
    await until(lambda: backend.heard_at == 1010.0)
    clock.now = 1020.0
    running.device.publish(events.WaitBegan("the board, 10 s, asked again 3 times"))
    await until(lambda: backend.state.waiting_for)
    assert backend.heard_at == 1010.0
    # Whoever comes later is told as much.
    later = OpenGbBackend(f"unix:{running.socket}")
    await later.connect()
    assert later.heard_at == 1010.0
    await later.close()


async def test_a_break_makes_nothing_younger(
    clock: Clock, running: Running, backend: OpenGbBackend
) -> None:
    running.device.publish(WARM)
    await until(lambda: backend.heard_at == 1000.0)
    clock.now = 1060.0
    running.stop.set()
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    assert backend.heard_at == 1000.0
    assert running.task is not None
    await running.task
    # The new server knows what the printer process tells it.
    running.device.age_s = 65.0
    await running.serve()
    await until(lambda: backend.state.phase is Phase.READY)
    assert backend.heard_at == 995.0


@pytest.mark.parametrize("told", ["nonsense", [1], None, float("nan")])
async def test_an_age_that_makes_no_sense_is_none(
    running: Running, backend: OpenGbBackend, told: Any
) -> None:
    running.device.age_s = told
    await running.device.die()
    await running.device.start()
    await until(lambda: running.device.listeners)
    later = OpenGbBackend(f"unix:{running.socket}")
    await later.connect()
    assert later.heard_at is None
    await later.close()


async def test_a_plain_server_is_heard_by_its_events(
    clock: Clock, plain: PlainServer, plainly: OpenGbBackend
) -> None:
    assert plainly.heard_at is None
    clock.now = 1005.0
    await plain.say("state_change", {"old": "READY", "new": "PAUSED"})
    await plain.say("temp_update", {"bed_current": "22", "bed_target": None})
    await until(lambda: plainly.state.bed.current == 22)
    assert plainly.heard_at == 1005.0


async def test_an_idle_host_tells_readings_and_a_mute_board_none() -> None:
    with built() as house:
        await asyncio.to_thread(house.board, speed=20)
        await asyncio.to_thread(house.serve)
        address = f"unix:{house.run_dir / 'server.sock'}"
        first, later = OpenGbBackend(address), OpenGbBackend(address)
        await first.connect()
        for _ in range(3):
            heard = first.heard_at
            await until(lambda before=heard: first.heard_at != before)  # type: ignore[misc]
        house.fault("mute")
        await until(lambda: first.state.waiting_for.startswith("the board"))
        await later.connect()
        assert first.heard_at is not None
        # It has been mute for longer than that; who tells and who is told may be late.
        assert later.heard_at == pytest.approx(first.heard_at, abs=3.0)
        await first.close()
        await later.close()
