"""Large contents of the library: whole, beside everything else, and gone with who wanted them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import ConnectionClosedError

from gbterm import events
from gbterm.backends.opengb.replica import TEXT_MAX
from gbterm.model import Message
from gbterm.server.outbox import UNREAD_MAX
from gbterm.server.workers import READERS
from tests.server.running import Caller, Running, open_files, until, workers

LINE = b'G1 X10.123 Y20.5 E.0345 ; \xc2\xb5 \xf0\x9f\x98\x80 \xff "quoted" \\ \t\r\n'
SETTINGS: dict[str, Any] = {"max_size": None, "max_queue": 2, "ping_interval": None}
"""A client that reads no more of its socket than a test takes, and is not impatient."""


def stored(running: Running, size: int) -> int:
    """The id of a file of so many bytes, put there as by another server of the library."""
    whole = LINE * (size // len(LINE) + 1)
    return running.library.put([whole[:size]], "large.gcode").id


def call(file_id: int, id: int = 99) -> str:
    params = {"id": file_id, "content": True}
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": "get_gcode_file", "params": params})


async def answer(caller: Caller, id: int = 99) -> dict[str, Any]:
    while (message := await caller.next()).get("id") != id:
        caller.events.append(message)
    return message


async def begun(caller: Caller, file_id: int) -> AsyncIterator[bytes]:
    """The answer to `call`, of which some is here, and of the rest no more than buffers hold."""
    await caller.connection.send(call(file_id))
    while True:
        pieces = caller.connection.recv_streaming(decode=False)
        first = await anext(pieces)
        if b'"event"' not in first[:40]:
            return _chained(first, pieces)
        async for _ in pieces:
            pass


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def near(running: Running) -> Caller:
    path = str(running.socket)
    return Caller(await unix_connect(path, "ws://x/ws", **SETTINGS))


async def far(running: Running) -> Caller:
    return Caller(await connect(running.url, proxy=None, **SETTINGS))


@pytest.mark.parametrize("client", [near, far])
async def test_a_content_of_64_mb_is_whole_and_delays_nobody(
    running: Running, client: Callable[[Running], Awaitable[Caller]]
) -> None:
    size = 64_000_000
    file_id = await asyncio.to_thread(stored, running, size)
    async with await client(running) as reader, await running.tcp() as other:
        pieces, answered = [], 0
        async for piece in await begun(reader, file_id):
            pieces.append(piece)
            if len(pieces) % 20 == 5:
                assert (await other.result("get_status"))["status"]["state"] == "READY"
                answered += 1
        assert answered > 5
        said = json.loads(b"".join(pieces))
        assert said["id"] == 99
        assert said["result"]["name"] == "large.gcode"
        content = said["result"]["content"].encode("utf-8", "surrogateescape")
        assert content == (LINE * (size // len(LINE) + 1))[:size]
        assert await reader.result("get_status")
        await until(lambda: not workers())


async def test_who_leaves_amid_a_content_leaves_nothing(running: Running) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    files = sorted(running.library.root.rglob("*"))
    descriptors = open_files()
    for _ in range(3):
        reader = await far(running)
        await begun(reader, file_id)
        assert len(workers()) == 1
        reader.connection.transport.abort()
        await until(lambda: not workers())
        await reader.connection.wait_closed()
    async with await far(running) as other:
        assert len((await content(other, file_id)).encode("utf-8", "surrogateescape")) == 20_000_000
    await until(lambda: open_files() <= descriptors)
    assert sorted(running.library.root.rglob("*")) == files


async def content(caller: Caller, file_id: int) -> str:
    await caller.connection.send(call(file_id))
    said: str = (await answer(caller))["result"]["content"]
    return said


async def test_a_content_whose_process_dies_ends_that_connection_only(running: Running) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    async with await running.tcp() as other:
        reader = await far(running)
        pieces = await begun(reader, file_id)
        os.kill(workers()[0], signal.SIGKILL)
        with pytest.raises(ConnectionClosedError):
            async for _ in pieces:
                pass
        assert reader.connection.close_code == 1011
        assert await other.result("get_status")


async def test_a_content_that_is_lost_is_told_so(running: Running) -> None:
    file_id = await asyncio.to_thread(stored, running, 2_000_000)
    running.library.stored(file_id).path.unlink()
    async with await running.tcp() as client:
        error = await client.error("get_gcode_file", {"id": file_id, "content": True})
        assert error["code"] == -32001
        assert "large.gcode" in error["message"]


async def test_many_contents_at_once_wait_for_each_other(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that gives way is there for a moment yet beside its successor.
    monkeypatch.setattr("gbterm.server.workers.TURN_S", 3600.0)
    file_id = await asyncio.to_thread(stored, running, 1_100_000)
    readers = [await far(running) for _ in range(6)]
    said = asyncio.gather(*(content(reader, file_id) for reader in readers))
    most = 0
    async with await running.tcp() as other:
        while not said.done():
            most = max(most, len(workers()))
            await other.event("temp_update")
    assert {len(one.encode("utf-8", "surrogateescape")) for one in await said} == {1_100_000}
    assert 1 <= most <= 4
    await asyncio.gather(*(reader.connection.close() for reader in readers))


@pytest.mark.parametrize("is_extended", [True, False])
async def test_events_amid_a_content_are_few_and_the_last_state_is_told(
    running: Running, is_extended: bool
) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    text = "x" * TEXT_MAX
    async with await far(running) as reader, await running.tcp() as other:
        await other.result("hello")
        if is_extended:
            await reader.result("hello")
            await reader.result("subscribe_console")
        pieces = await begun(reader, file_id)
        for number in range(2 * UNREAD_MAX // len(text) // 64):
            # Many at once: who reads nothing for too long is dropped.
            for _ in range(64):
                running.device.publish(events.MessageReported(Message(text)))
            running.device.publish(events.FanChanged(0, number / 10))
            assert (await other.event("fan_changed"))["percent"] == number / 10
        said = json.loads(b"".join([piece async for piece in pieces]))
        assert said["result"]["size"] == 20_000_000
        if is_extended:
            heard = 0
            while (message := await reader.next())["event"] != "state_replaced":
                heard += len(json.dumps(message))
            assert heard < UNREAD_MAX / 10
            state = (await reader.result("get_snapshot"))["state"]
            assert state["fans"]["0"] == number / 10
        else:
            while (await reader.event("fan_speed_change"))["percent"] != number / 10:
                pass
        running.device.publish(events.FanChanged(0, 1.0))
        name = "fan_changed" if is_extended else "fan_speed_change"
        assert (await reader.event(name))["percent"] == 1


async def test_readers_that_pause_keep_no_other_from_its_content(running: Running) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    whole = (LINE * (20_000_000 // len(LINE) + 1))[:20_000_000]
    readers = [await far(running) for _ in range(READERS)]
    paused = [await begun(reader, file_id) for reader in readers]
    other = await far(running)
    assert (await content(other, file_id)).encode("utf-8", "surrogateescape") == whole
    for pieces in paused:
        said = json.loads(b"".join([piece async for piece in pieces]))
        assert said["result"]["content"].encode("utf-8", "surrogateescape") == whole
    for reader in (other, *readers):
        reader.connection.transport.abort()
    await until(lambda: not workers())


async def test_who_leaves_before_its_content_begins_leaves_nothing(running: Running) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    readers = [await far(running) for _ in range(READERS)]
    for reader in readers:
        await begun(reader, file_id)
    async with await running.tcp() as other:
        descriptors = open_files()
        for _ in range(20):
            waiting = await far(running)
            await waiting.connection.send(call(file_id))
            await (await waiting.connection.ping())
            waiting.connection.transport.abort()
        assert await other.result("get_status")
        await until(lambda: open_files() <= descriptors)
    for reader in readers:
        reader.connection.transport.abort()
    await until(lambda: not workers())
