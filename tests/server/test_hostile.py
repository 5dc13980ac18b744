"""Clients that mean harm, before a real printer: what they can't do to it and to the others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from gbterm import jsonrpc
from gbterm.host import rpc
from gbterm.server import websocket
from tests.server.live import Live, built
from tests.server.running import Caller

LONG_WAIT = "G4 S90000"
HELD = websocket.CALLS_AT_ONCE - 1
"""Calls of one client that stay open, and one more can be made."""


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with built() as live:
        yield live


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        await live.rest(client)
        yield client
        await live.rest(client)


def failures(live: Live) -> list[str]:
    """What the two processes logged of what went wrong inside them."""
    logs = (live.house.run_dir / name for name in ("server.log", "printer.log"))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return [line for line in lines if " ERROR " in line or line.startswith("Traceback")]


async def hogs(live: Live, count: int) -> list[Caller]:
    """Clients with as many calls open as each may have, all of them at the printer by now."""
    clients = [await live.client() for _ in range(count)]
    for client in clients:
        for number in range(HELD):
            call = jsonrpc.call(1000 + number, "send_gcode", {"commands": LONG_WAIT})
            await client.connection.send(call)
        assert await client.result("get_status")
    return clients


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("send_gcode", {"commands": "M105 " * 300_000}),
        ("set_pause_layers", {"layers": list(range(300_000))}),
    ],
)
async def test_a_call_that_is_too_large_for_the_printer_disconnects_nobody(
    live: Live, client: Caller, method: str, params: Any
) -> None:
    async with await live.client() as other:
        await other.result("hello")
        error = await client.error(method, params)
        assert (error["code"], error["data"]["type"]) == (-32602, "UsageError")
        assert "send less at once" in error["message"]
        assert await client.result("send_gcode", {"commands": "M105"})
        assert await other.result("get_snapshot")
        phases = [event["params"] for event in other.events if event["event"] == "phase_changed"]
        assert phases == []
        assert "state_replaced" not in json.dumps(other.events)


async def test_the_calls_of_some_keep_nobody_else_from_the_printer(
    live: Live, client: Caller
) -> None:
    busy = await hogs(live, 3)
    assert await client.result("set_temp", {"bed": 0}) is True
    assert await client.result("get_capabilities")
    assert await client.result("emergency_stop") is True
    for one in busy:
        one.connection.transport.abort()


async def test_the_emergency_stop_passes_all_calls_that_may_be_open(
    live: Live, client: Caller
) -> None:
    busy = await hogs(live, rpc.CALLS_AT_ONCE // HELD + 1)
    assert await client.result("emergency_stop") is True
    await live.reach(client, "ERROR")
    for one in busy:
        one.connection.transport.abort()
    assert failures(live) == []
