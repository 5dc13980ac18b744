"""A gbterm server before a scripted printer process, and a plain OpenGB server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gbterm.backends.opengb.client import OpenGbBackend
from tests.backends.opengb.plain_server import PlainServer
from tests.backends.opengb.wire import Wire
from tests.server.running import Running


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running


@pytest.fixture
async def backend(running: Running) -> AsyncIterator[OpenGbBackend]:
    backend = OpenGbBackend(f"unix:{running.socket}", "mk3")
    await backend.connect()
    yield backend
    await backend.close()


@pytest.fixture
async def plain() -> AsyncIterator[PlainServer]:
    server = PlainServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def plainly(plain: PlainServer) -> AsyncIterator[OpenGbBackend]:
    backend = OpenGbBackend(f"ws://127.0.0.1:{plain.port}", "gigabot")
    await backend.connect()
    yield backend
    await backend.close()


@pytest.fixture
async def wire(running: Running) -> AsyncIterator[Wire]:
    wire = Wire(running)
    await wire.start()
    yield wire
    await wire.stop()


@pytest.fixture
async def far(wire: Wire) -> AsyncIterator[OpenGbBackend]:
    backend = OpenGbBackend(f"ws://127.0.0.1:{wire.port}", "mk3")
    await backend.connect()
    yield backend
    await backend.close()
