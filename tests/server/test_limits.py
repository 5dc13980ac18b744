"""What a client can't take from the others: places, time and memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import socket
import tracemalloc
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from gbterm import events
from gbterm.backends.opengb.replica import TEXT_MAX
from gbterm.model import Message
from gbterm.server.admission import Rules
from gbterm.server.dispatch import BATCH_ANSWERS, BATCH_MAX
from gbterm.server.intake import PLACES
from gbterm.server.keys import Scope
from gbterm.server.outbox import UNREAD_MAX
from gbterm.server.pace import Pace
from tests.server.running import Caller, Running, raw_client, until
from tests.server.test_downloads import begun, far, stored

DEAF = 20
STATUS = {"jsonrpc": "2.0", "method": "get_status"}


async def deaf_client(running: Running) -> socket.socket:
    """One that asks for every event and never reads."""
    client = await raw_client(running)
    hello = b'{"jsonrpc":"2.0","id":1,"method":"hello"}'
    await asyncio.get_running_loop().sock_sendall(client, frame(hello))
    return client


def frame(text: bytes) -> bytes:
    """A short text, masked with the mask 0."""
    return bytes((0x81, 0x80 | len(text))) + bytes(4) + text


async def test_twenty_clients_that_never_read_slow_nobody(running: Running) -> None:
    deaf = [await deaf_client(running) for _ in range(DEAF)]
    text = "x" * TEXT_MAX
    async with await running.tcp() as client:
        await client.result("hello")
        for number in range(3 * UNREAD_MAX // len(text)):
            running.device.publish(events.MessageReported(Message(text)))
            seen = await client.next()
            assert seen["params"]["message"]["text"] == text, number
            if number % 50 == 0:
                assert await client.result("set_temp", {"bed": number}) is True
        for other in deaf:
            assert await until_dropped(other) < UNREAD_MAX
        assert await client.result("get_status")


async def until_dropped(client: socket.socket) -> int:
    """How many bytes still come."""
    received = 0
    try:
        while piece := await asyncio.get_running_loop().sock_recv(client, 1 << 20):
            received += len(piece)
    except ConnectionResetError:
        pass
    client.close()
    return received


async def test_what_all_leave_unread_is_bounded_together() -> None:
    alone, together = await until_one_is_dropped(1), await until_one_is_dropped(20)
    assert together < alone / 1.5


async def until_one_is_dropped(count: int) -> int:
    """How many events so many clients that never read are told before one of them is dropped."""
    async with Running() as running, await running.unix() as client:
        deaf = [await deaf_client(running) for _ in range(count)]
        await client.result("hello")
        told = 0
        while not any(is_dropped(other) for other in deaf):
            running.device.publish(events.MessageReported(Message("x" * TEXT_MAX)))
            await client.event("message_reported")
            told += 1
        for other in deaf:
            other.close()
    return told


def is_dropped(client: socket.socket) -> bool:
    """Whether the server has closed it, whatever lies unread before that."""
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


async def test_tiny_messages_are_not_read_before_their_turn() -> None:
    async with Running(rules=Rules(rate=1.0)) as running, await running.unix() as other:
        hasty = await raw_client(running)
        tracemalloc.start()
        try:
            await asyncio.get_running_loop().sock_sendall(hasty, 20_000 * frame(b"5"))
            for _ in range(10):
                await other.event("temp_update")
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert held < 1_000_000
        hasty.close()


async def test_one_client_too_many_is_told_so() -> None:
    async with Running(rules=Rules(max_clients=3)) as running:
        clients = [await running.tcp() for _ in range(3)]
        with pytest.raises(InvalidStatus) as refused:
            await running.tcp()
        assert refused.value.response.status_code == 503
        assert b"3 clients" in refused.value.response.body
        async with await running.unix() as near:
            assert await near.result("get_status")
        await clients.pop().connection.close()
        clients.append(await running.tcp())
        for client in clients:
            assert await client.result("get_status")
            await client.connection.close()


async def test_a_key_in_the_first_message_gets_nobody_past_the_limit() -> None:
    rules = Rules(max_clients=2, loopback_needs_key=True)
    async with Running(rules=rules) as running:
        key = running.keys.create("panel", [Scope.WATCH])
        clients = [await running.tcp() for _ in range(3)]
        for client in clients[:2]:
            assert await client.result("authenticate", [key]) is True
        await clients[2].result("authenticate", [key])
        with pytest.raises(ConnectionClosed):
            await clients[2].ask("get_status")
        assert clients[2].connection.close_code == CloseCode.TRY_AGAIN_LATER
        assert clients[2].connection.close_reason == "There are 2 clients already."
        assert clients[2].events == []
        await clients[0].connection.close()
        clients[2] = await running.tcp()
        for client in clients[1:]:
            await client.result("authenticate", [key])
            assert await client.result("get_status")
            await client.connection.close()


async def test_who_calls_too_often_waits_alone() -> None:
    async with Running(rules=Rules(rate=0.001)) as running:
        async with await running.tcp() as hasty, await running.tcp() as other:
            assert await hasty.result("get_status")
            await hasty.connection.send(json.dumps(STATUS | {"id": 9}))
            assert await other.result("get_status")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(answer_to(hasty, 9), 0.3)
        running.stop.set()
        assert running.task is not None
        await asyncio.wait_for(running.task, 90)


async def answer_to(caller: Caller, id: int | None) -> dict[str, Any]:
    while "event" in (message := await caller.next()) or message["id"] != id:
        pass
    return message


def test_calls_may_come_in_bursts_and_are_counted_in_batches() -> None:
    now = 0.0
    pace = Pace(10.0, lambda: now)
    assert [pace.take(1) for _ in range(20)] == [0.0] * 20
    assert pace.take(5) == 0.5
    now = 0.5
    assert pace.take(0) == 0.0
    now = 1000.0
    assert pace.take(20) == 0.0
    assert pace.take(1) == pytest.approx(0.1)


async def test_a_batch_is_bounded(running: Running) -> None:
    async with await running.tcp() as client:
        await client.connection.send(json.dumps([STATUS | {"id": n} for n in range(BATCH_MAX)]))
        answers = await batch(client)
        assert [answer["id"] for answer in answers] == list(range(BATCH_MAX))
        await client.connection.send(json.dumps([STATUS | {"id": 1}] * (BATCH_MAX + 1)))
        refused = await answer_to(client, None)
        assert refused["error"]["code"] == -32600


async def batch(caller: Caller) -> list[dict[str, Any]]:
    while True:
        text = await caller.connection.recv()
        value = json.loads(text)
        if isinstance(value, list):
            return value


async def test_a_batch_does_not_gather_file_after_file(running: Running) -> None:
    async with await running.unix() as client:
        payload = "G1 X1\n" * 500_000
        file = await client.result("put_gcode_file", {"name": "a.gcode", "payload": payload})
        params = {"id": file["id"], "content": True}
        call = {"jsonrpc": "2.0", "id": 1, "method": "get_gcode_file", "params": params}
        assert len(payload) * BATCH_MAX > BATCH_ANSWERS
    async with await running.tcp(max_size=None) as client:
        await client.connection.send(json.dumps([call] * BATCH_MAX))
        async with asyncio.timeout(90):
            while "error" not in (message := await client.next()):
                assert "event" in message
        assert "too long" in message["error"]["message"]
        assert await client.result("get_status")


async def test_silent_connections_keep_nobody_out() -> None:
    async with Running(rules=Rules(max_clients=10)) as running:
        await _stay_silent_and_connect(running)


async def test_as_many_as_may_be_connected_may_come_at_once() -> None:
    async with Running(rules=Rules(max_clients=100)) as running:
        clients = await asyncio.gather(*(running.tcp() for _ in range(100)))
        for client in clients:
            assert await client.result("get_status")
            await client.connection.close()


async def _stay_silent_and_connect(running: Running) -> None:
    host, _, port = running.notice["listen"].rpartition(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(25)]
    async with await running.tcp() as client:
        assert await client.result("get_status")
    for reader, _ in silent[:5]:
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    for _, writer in silent:
        writer.close()


async def test_who_reads_no_answer_keeps_no_place_for_large_messages(running: Running) -> None:
    file_id = await asyncio.to_thread(stored, running, 20_000_000)
    params = {"name": "large.gcode", "payload": "G1 X1\n" * 20_000}
    put = json.dumps({"jsonrpc": "2.0", "id": 5, "method": "put_gcode_file", "params": params})
    batch = json.dumps([{"jsonrpc": "2.0", "id": 6, "method": "get_status"}]) + " " * 100_000
    readers = [await far(running) for _ in range(2 * PLACES)]
    for number, reader in enumerate(readers):
        await begun(reader, file_id)
        await reader.connection.send(put if number % 2 else batch)
        await reader.connection.send(batch)
    async with await running.tcp() as other:
        for _ in range(PLACES):
            assert await other.result("put_gcode_file", params)
    for reader in readers:
        reader.connection.transport.abort()


async def test_who_leaves_before_there_is_a_place_leaves_nothing(running: Running) -> None:
    part = b'{"jsonrpc": "2.0", "id": 1, "method": "put_gcode_file", "params": {"payload": "'
    part += b"x" * 200_000
    frame = bytes((0x81, 0x80 | 127)) + (1_000_000).to_bytes(8, "big") + bytes(4) + part
    loop, holders = asyncio.get_running_loop(), []
    for _ in range(PLACES):
        holders.append(await raw_client(running))
        await loop.sock_sendall(holders[-1], frame)
    async with await running.tcp() as other:
        assert await other.result("get_status")
        tasks = len(asyncio.all_tasks())
        waiting = [await raw_client(running) for _ in range(20)]
        for one in waiting:
            await loop.sock_sendall(one, frame)
        assert await other.result("get_status")
        assert len(asyncio.all_tasks()) >= tasks + len(waiting)
        for one in waiting:
            one.close()
        await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)
    for holder in holders:
        holder.close()
