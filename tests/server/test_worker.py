"""Heavy work in processes of its own: large uploads and downloads beside everything else."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
from typing import Any

import pytest

from gbterm import events
from gbterm.model import Message
from gbterm.server.admission import Rules
from gbterm.server.keys import Scope
from tests.server.running import Caller, Running, until, workers

LINE = "G1 X10.123 Y20.5 E.0345 ; \u00b5\n"
LONG_LINE = LINE.strip() + 200 * "\u00b5" + "\n"
"""For what is about the size alone: a worker gets little of a busy processor."""


def gcode(size: int, line: str = LINE) -> str:
    return line * (size // len(line))


def put(name: str, payload: str, id: int = 99) -> str:
    params = {"name": name, "payload": payload}
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": "put_gcode_file", "params": params})


async def answer(caller: Caller, id: int | None = 99) -> dict[str, Any]:
    """The answer to the call `id`, though events come between."""
    while (message := await caller.next()).get("id", "") != id:
        caller.events.append(message)
    return message


def stored(running: Running, id: int) -> bytes:
    files = [path for path in (running.root / "library/gcode").iterdir()]
    assert len(files) == id
    return max(files, key=lambda path: path.stat().st_mtime_ns).read_bytes()


async def test_an_upload_of_64_mb_delays_nobody(running: Running) -> None:
    payload = gcode(64_000_000)
    async with (
        await running.tcp() as uploader,
        await running.tcp() as other,
        await running.tcp() as ticker,
    ):
        await other.result("hello")
        upload = asyncio.create_task(uploader.connection.send(put("large.gcode", payload)))
        done = asyncio.create_task(answer(uploader))
        told = 0
        while not done.done():
            running.device.publish(events.MessageReported(Message(str(told))))
            seen = await other.event("message_reported")
            assert seen["message"]["text"] == str(told)
            assert await other.result("get_status")
            told += 1
            await ticker.event("temp_update")
        await upload
        said = await done
        assert "result" in said, said
        record = said["result"]
        assert record["size"] == len(payload.encode())
        assert record["name"] == "large.gcode"
        assert told > 5
    assert stored(running, 1) == payload.encode()


async def test_a_worker_that_is_killed_leaves_nothing(running: Running) -> None:
    async with await running.tcp() as client:
        await client.connection.send(put("large.gcode", gcode(64_000_000)))
        await until(workers)
        os.kill(workers()[0], signal.SIGKILL)
        error = (await answer(client))["error"]
        assert error["code"] == -32000
        assert "SIGKILL" in error["message"]
        assert await client.result("get_gcode_files") == {"gcode_files": []}
        assert list((running.root / "library/gcode").iterdir()) == []
        await client.connection.send(put("again.gcode", gcode(5_000_000, LONG_LINE), 100))
        assert (await answer(client, 100))["result"]["name"] == "again.gcode"


async def test_two_large_uploads_are_stored_one_after_the_other(running: Running) -> None:
    clients = [await running.tcp() for _ in range(2)]
    for number, client in enumerate(clients):
        await client.connection.send(put(f"{number}.gcode", gcode(6_000_000, LONG_LINE)))
    said = asyncio.gather(*map(answer, clients))
    most = 0
    async with await running.tcp() as other:
        while not said.done():
            most = max(most, len(workers()))
            await other.result("get_status")
    assert {one["result"]["name"] for one in await said} == {"0.gcode", "1.gcode"}
    assert most == 1
    for client in clients:
        await client.connection.close()


async def test_who_may_not_change_files_sends_nothing_large() -> None:
    async with Running(rules=Rules(loopback_needs_key=True)) as running:
        key = running.keys.create("watcher", (Scope.OPERATE,))
        headers = {"X-Api-Key": key}
        async with await running.tcp(additional_headers=headers) as client:
            await client.connection.send(put("large.gcode", gcode(6_000_000)))
            assert (await answer(client))["error"]["code"] == -32008
            assert workers() == []
            assert await client.result("get_gcode_files") == {"gcode_files": []}


@pytest.mark.parametrize(
    "message",
    [
        {"method": "get_status", "params": {"x": gcode(5_000_000, LONG_LINE)}},
        {
            "method": "put_gcode_file",
            "params": {"payload": "G28", "name": gcode(5_000_000, LONG_LINE)},
        },
    ],
)
async def test_nothing_but_an_upload_may_be_large(
    running: Running, message: dict[str, Any]
) -> None:
    async with await running.unix() as client:
        request = {"jsonrpc": "2.0", **message}
        await client.connection.send(json.dumps(request | {"id": 99}))
        error = (await answer(client))["error"]
        assert error["code"] == -32600
        assert "begin_upload" in error["message"]
        await client.connection.send(json.dumps([request | {"id": 99}]))
        assert (await answer(client, None))["error"]["code"] == -32600
        assert await client.result("get_status")


async def test_a_large_upload_is_as_any_other(running: Running) -> None:
    """Its parameters by position, the details after hello, silence to a notification."""
    payload = gcode(5_000_000, LONG_LINE)
    async with await running.tcp() as client:
        await client.result("hello")
        call = {"jsonrpc": "2.0", "method": "put_gcode_file", "params": [payload, "a.gcode", "PLA"]}
        await client.connection.send(json.dumps(call))
        await client.connection.send(json.dumps(call | {"id": 99}))
        record = (await answer(client))["result"]
        assert record["print_material"] == "PLA"
        assert record["details"]["tools"] == [0]
        assert len((await client.result("get_gcode_files"))["gcode_files"]) == 2
        await client.connection.send(put("", payload))
        assert (await answer(client))["error"]["code"] == -32602
        await client.connection.send(put("no.gcode", ("hello" + 4000 * " " + "\n") * 1500))
        assert (await answer(client))["error"]["code"] == -32002
    assert len(list((running.root / "library/gcode").iterdir())) == 2


async def test_a_disk_that_is_full_amid_a_message_is_told_in_a_sentence(running: Running) -> None:
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = put("large.gcode", gcode(12_000_000, LONG_LINE))
    async with await running.tcp() as client:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, was[1]))
        try:
            await client.connection.send(large)
            error = (await answer(client))["error"]
            assert error["code"] == -32000
            assert error["message"].startswith("The disk is full, so the file was not stored: ")
            assert await client.result("get_status")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, was)
        assert list((running.root / "library/gcode").iterdir()) == []
        await client.connection.send(large)
        assert (await answer(client))["result"]["name"] == "large.gcode"
