"""Servers on the network, announced and found over real multicast on the loopback interface."""

from __future__ import annotations

import asyncio
import gc
import socket
import uuid
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from zeroconf._dns import DNSPointer
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gbterm.discovery.servers import OCTOPRINT, OPENGB, FoundServer, ServerSearch, found_server
from gbterm.errors import LinkError

HERE = ("127.0.0.1",)
OURS, THEIRS = "_opengb._tcp.local.", "_octoprint._tcp.local."


@pytest.fixture
async def network() -> AsyncIterator[AsyncZeroconf]:
    zeroconf = AsyncZeroconf(interfaces=list(HERE))
    yield zeroconf
    await zeroconf.async_close()


class Search:
    """A search, and what it has told."""

    def __init__(self) -> None:
        self.found: tuple[FoundServer, ...] = ()
        self._changed = asyncio.Event()
        self.search = ServerSearch(self._told, HERE)

    def _told(self, found: tuple[FoundServer, ...]) -> None:
        self.found = found
        self._changed.set()

    async def until(self, text: str, there: bool = True) -> list[FoundServer]:
        """Wait until a server whose name holds `text` is known, or none any more."""
        async with asyncio.timeout(90):
            while bool(named := [s for s in self.found if text in s.name]) is not there:
                self._changed.clear()
                await self._changed.wait()
        return named


@pytest.fixture
async def search() -> AsyncIterator[Search]:
    searching = Search()
    await searching.search.start()
    yield searching
    await searching.search.close()


async def announced(
    network: AsyncZeroconf, kind: str, label: str, port: int, **properties: str
) -> AsyncServiceInfo:
    info = AsyncServiceInfo(
        kind,
        f"{label}.{kind}",
        port,
        addresses=[socket.inet_aton("127.0.0.1")],
        properties=properties,
        server=f"{label.split()[-1]}.local.",
    )
    await network.async_register_service(info)
    return info


async def test_servers_come_and_go(network: AsyncZeroconf, search: Search) -> None:
    name = uuid.uuid4().hex[:12]
    ours = await announced(network, OURS, f"ender {name}", 8000, path="/ws")
    await announced(network, THEIRS, f"OctoPrint {name}", 80, path="/octo/")
    assert FoundServer(OPENGB, f"ender {name}", "ws://127.0.0.1:8000/ws") in await search.until(
        f"ender {name}"
    )
    assert FoundServer(
        OCTOPRINT, f"OctoPrint {name}", "http://127.0.0.1:80/octo/"
    ) in await search.until(f"OctoPrint {name}")
    await network.async_unregister_service(ours)
    await search.until(f"ender {name}", there=False)


async def test_what_is_announced_is_scrubbed_and_bounded(
    network: AsyncZeroconf, search: Search
) -> None:
    name = uuid.uuid4().hex[:12]
    await announced(
        network, OURS, f"\u202e{name}", 8000, path="/\x1b]0;x", tls="yes", junk="x" * 200
    )
    (found,) = await search.until(name)
    assert found.name.isprintable()
    assert found.url == "ws://127.0.0.1:8000/ws"


async def test_names_that_none_may_have_are_passed_over(
    network: AsyncZeroconf, search: Search
) -> None:
    name = uuid.uuid4().hex[:12]
    answer = DNSOutgoing(0x8400)
    for label in (f"\x1b[2J{name}", "x" * 63, "", f"{name}.a.b.c"):
        pointer = DNSPointer(OURS, 12, 1, 120, f"{label}.{OURS}" if label else OURS)
        answer.add_answer_at_time(pointer, 0)
    network.zeroconf.async_send(answer)
    await announced(network, OURS, f"good {name}", 8000)
    assert [s.name for s in await search.until(f"good {name}")] == [f"good {name}"]
    assert [s.name for s in search.found if name in s.name] == [f"good {name}"]


async def test_a_search_that_was_closed_tells_nothing(network: AsyncZeroconf) -> None:
    searching = Search()
    await searching.search.start()
    await searching.search.close()
    other = Search()
    await other.search.start()
    name = uuid.uuid4().hex[:12]
    await announced(network, OURS, name, 8000)
    await other.until(name)
    assert searching.found == ()
    await other.search.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_interface_that_is_not_there_is_a_sentence() -> None:
    search = ServerSearch(lambda _: None, ("192.0.2.1",))
    with pytest.raises(LinkError, match="Servers on the network can't be looked for"):
        await search.start()
    await search.close()
    del search
    gc.collect()  # zeroconf leaves a socket behind, whose warning belongs here


@pytest.mark.parametrize(
    ("addresses", "properties", "url"),
    [
        (["192.168.1.5"], {b"tls": b"1"}, "wss://192.168.1.5:8000/ws"),
        (["fe80::1", "2001:db8::1"], {b"path": None}, "ws://[2001:db8::1]:8000/ws"),
        (["0.0.0.0", "10.0.0.1"], {b"path": b"/a b"}, "ws://10.0.0.1:8000/ws"),
        (["10.0.0.1"], {b"path": b"//evil.example/\xff"}, "ws://10.0.0.1:8000/ws"),
        (["10.0.0.1"], {b"path": b"/" + b"x" * 500}, "ws://10.0.0.1:8000/ws"),
    ],
)
def test_only_what_makes_an_address_is_believed(
    addresses: list[str], properties: dict[bytes, Any], url: str
) -> None:
    found = found_server(OURS, f"pi.{OURS}", addresses, 8000, properties)
    assert found == FoundServer(OPENGB, "pi", url)


@pytest.mark.parametrize("addresses", [[], ["fe80::1"], ["224.0.0.1"], ["nonsense"]])
def test_a_server_without_an_address_is_none(addresses: list[str]) -> None:
    assert found_server(OURS, f"pi.{OURS}", addresses, 8000, {}) is None


async def test_a_search_that_nobody_waits_for_leaves_no_socket_behind() -> None:
    search = ServerSearch(lambda _: None, HERE)
    await search.start()
    closing = asyncio.create_task(search.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del search, closing
        await asyncio.sleep(0)
        gc.collect()
