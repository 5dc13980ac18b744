"""Servers on real sockets: one before a scripted printer process, one with a simulated board."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

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
    # Not below tmp_path: a socket's path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gb-") as root:
        live = built(Path(root), config=CONFIG)
        try:
            yield live
        finally:
            live.house.close()


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    """A client of it, which is READY."""
    async with await live.client() as client:
        await live.rest(client)
        yield client


@pytest.fixture
async def printer(live: Live) -> AsyncIterator[Printer]:
    """Another, which knows OpenGB's documentation alone."""
    async with await live.client() as client:
        await live.rest(client)
    url = f"ws://{live.house.listen()}/ws"
    with connect(url, proxy=None, max_size=None, compression=None) as socket:
        yield Printer(socket)
