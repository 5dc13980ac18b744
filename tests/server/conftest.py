"""Servers on real sockets: one before a scripted printer process, one with a simulated board."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.sync.client import connect

from tests.server.api_extensions import CONFIG
from tests.server.live import Live, built
from tests.server.plain import Printer
from tests.server.running import Caller, Running


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """One for all tests; whoever changes more than a client can make undone has his own."""
    with built(config=CONFIG) as live:
        yield live


@pytest.fixture
async def ready(live: Live) -> Live:
    """It, when it is READY; whoever connects now hears nothing of what was before."""
    async with await live.client() as client:
        await live.rest(client)
        # Behind all that was sent on the way there.
        await client.result("send_gcode", {"commands": "M105"})
    return live


@pytest.fixture
async def client(ready: Live) -> AsyncIterator[Caller]:
    """A client of it."""
    async with await ready.client() as client:
        yield client


@pytest.fixture
def printer(ready: Live) -> Iterator[Printer]:
    """A client of it that knows OpenGB's documentation alone."""
    url = f"ws://{ready.house.listen()}/ws"
    with connect(url, proxy=None, max_size=None, compression=None) as socket:
        yield Printer(socket)
