"""Clients that are gone though nothing has said so."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosedError

from gbterm.server.admission import Rules
from gbterm.server.presence import SILENT_S, STALLED_S
from tests.server.running import Caller, Running, raw_client, until, workers
from tests.server.test_downloads import begun, call, far, stored


class Clock:
    """Goes on by hand; the server looks at it once whenever it looks after its clients."""

    def __init__(self) -> None:
        self.at, self._looks = 0.0, 0

    def __call__(self) -> float:
        self._looks += 1
        return self.at

    async def advance(self, seconds: float) -> None:
        """Let time go by, and the server see it."""
        await self._seen()
        self.at += seconds
        await self._seen()

    async def _seen(self) -> None:
        looks = self._looks
        await until(lambda: self._looks >= looks + 2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def running(clock: Clock) -> AsyncIterator[Running]:
    async with Running(now=clock, watch_s=0.005, rules=Rules(rate=20.0)) as running:
        yield running


async def test_who_takes_nothing_of_a_content_is_dropped(running: Running, clock: Clock) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    async with await far(running) as reader:
        pieces = await begun(reader, file_id)
        while workers():
            await clock.advance(STALLED_S / 2 + 1)
        with pytest.raises(ConnectionClosedError):
            async for _ in pieces:
                pass
    async with await running.tcp() as other:
        assert await other.result("get_status")


async def test_who_takes_some_now_and_then_gets_all(running: Running, clock: Clock) -> None:
    file_id = await asyncio.to_thread(stored, running, 8_000_000)
    async with await far(running) as reader:
        taken = []
        async for piece in await begun(reader, file_id):
            taken.append(piece)
            if len(taken) % 10 == 0:
                await reader.connection.ping()
                await clock.advance(STALLED_S - 1)
        assert json.loads(b"".join(taken))["result"]["size"] == 8_000_000


async def test_who_answers_no_ping_is_dropped(running: Running, clock: Clock) -> None:
    silent, loop = await raw_client(running), asyncio.get_running_loop()
    async with await running.unix() as other:
        for _ in range(3):
            await clock.advance(SILENT_S / 2.5)
            await (await other.connection.ping())
        assert await other.result("get_status")
        with contextlib.suppress(ConnectionResetError):
            while await loop.sock_recv(silent, 1 << 16):
                pass
        silent.close()


async def test_who_is_not_read_is_not_missed(running: Running, clock: Clock) -> None:
    async with await running.unix() as hasty:
        for _ in range(1000):
            await hasty.connection.send('{"jsonrpc": "2.0", "method": "get_status"}')
        await clock.advance(SILENT_S + 1)
        await clock.advance(SILENT_S + 1)
        hasty.events.clear()
        assert await Caller(hasty.connection).event("temp_update")
        hasty.connection.transport.abort()


async def test_who_takes_little_at_a_time_is_not_gone(running: Running, clock: Clock) -> None:
    file_id = await asyncio.to_thread(stored, running, 2_000_000)
    slow, loop = await raw_client(running), asyncio.get_running_loop()
    said = call(file_id).encode()
    await loop.sock_sendall(slow, bytes((0x81, 0x80 | len(said))) + bytes(4) + said)
    while len(await loop.sock_recv(slow, 1 << 14)) < 1 << 14:
        pass
    for _ in range(8):
        taken = 0
        while taken < 40_000:
            part = await loop.sock_recv(slow, 1 << 14)
            assert part
            taken += len(part)
        await clock.advance(STALLED_S - 10)
    while workers():
        assert await loop.sock_recv(slow, 1 << 18)
    slow.close()
