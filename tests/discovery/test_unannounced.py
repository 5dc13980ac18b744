"""OpenGB servers that announce nothing, found by names that a real responder owns."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gbterm.discovery import unannounced
from gbterm.discovery.servers import OPENGB, FoundServer, ServerSearch
from tests.backends.opengb.plain_server import PlainServer

HERE = ("127.0.0.1",)


@pytest.fixture
async def name() -> AsyncIterator[str]:
    """Of this machine, for as long as the test runs; nobody announces an OpenGB server on it."""
    name = f"opengb{uuid.uuid4().hex[:12]}"
    network = AsyncZeroconf(interfaces=list(HERE))
    kind = "_workstation._tcp.local."
    here = [socket.inet_aton("127.0.0.1")]
    info = AsyncServiceInfo(kind, f"{name}.{kind}", 9, addresses=here, server=f"{name}.local.")
    await network.async_register_service(info)
    yield name
    await network.async_close()


@pytest.fixture
async def plain() -> AsyncIterator[PlainServer]:
    server = PlainServer()
    await server.start()
    yield server
    await server.stop()


class Search:
    """A search for names on a port, and what it tells, one after the other."""

    def __init__(self, port: int, *names: str) -> None:
        self._told: asyncio.Queue[tuple[FoundServer, ...]] = asyncio.Queue()
        self._search = ServerSearch(self._told.put_nowait, HERE, names, port)

    async def __aenter__(self) -> Search:
        await self._search.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._search.close()

    async def until(self, name: str, there: bool = True) -> FoundServer | None:
        """Wait until a server called `name` is known, or none any more."""
        async with asyncio.timeout(90):
            while True:
                found = {server.name: server for server in await self._told.get()}
                if (name in found) is there:
                    return found.get(name)


def test_the_names_are_those_of_opengb() -> None:
    assert unannounced.NAMES[:2] == ("opengb", "opengb1")
    assert (unannounced.NAMES[-1], unannounced.PORT) == ("opengb9", 8000)


async def test_a_server_is_found_by_its_name_and_forgotten(
    name: str, plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unannounced, "EVERY_S", 0.1)
    async with Search(plain.port, name) as search:
        url = f"ws://127.0.0.1:{plain.port}/ws"
        assert await search.until(name) == FoundServer(OPENGB, name, url)
        # All that a server of 2016 bears: one call, with exactly its members.
        assert set(map(str, plain.calls)) == {str(("get_status", {}))}
        await plain.stop()
        await search.until(name, there=False)
        await plain.start()
        await search.until(name)


async def test_what_is_no_opengb_server_is_not_listed(name: str, plain: PlainServer) -> None:
    asked = asyncio.Event()

    async def other(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"jsonrpc": "2.0", "id": 1, "result": "who are you?"}')
        asked.set()

    told: list[tuple[FoundServer, ...]] = []
    async with serve(other, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        search = ServerSearch(told.append, HERE, (name, "no-such-" + name), port)
        await search.start()
        await asyncio.wait_for(asked.wait(), 90)
        async with Search(plain.port, name) as other_search:
            await other_search.until(name)
        await search.close()
    assert not [found for found in told if any(name in server.name for server in found)]
