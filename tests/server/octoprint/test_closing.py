"""The server ends though a client of the push socket reads nothing any more."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from gbterm.server.octoprint.push import Push
from tests.endtoend.house import GENEROUS_S

UNREAD = bytes(64 << 20)
"""More than the kernel takes for a client that reads nothing."""
REQUEST = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@dataclass(frozen=True)
class One:
    """What is closed of a listener."""

    socket: web.WebSocketResponse


async def test_a_client_that_reads_nothing_does_not_hold_up_its_end() -> None:
    push = Push(*(cast("Any", None),) * 3)
    is_full = asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        told = web.WebSocketResponse()
        await told.prepare(request)
        push._open.add(cast("Any", One(told)))
        assert request.transport is not None
        request.transport.write(UNREAD)
        is_full.set()
        await told.receive()
        return told

    application = web.Application()
    application.router.add_get("/", serve)
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    with socket.create_connection(runner.addresses[0]) as mute:
        mute.sendall(REQUEST.encode())
        await is_full.wait()
        async with asyncio.timeout(GENEROUS_S / 3):
            await push.close()
        await runner.cleanup()
