"""A server that announces itself, over real multicast on the loopback interface."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gbterm.config import Mdns, Watching
from gbterm.discovery.servers import OPENGB, FoundServer
from gbterm.server.announcement import reachable
from tests.discovery.test_servers import Search
from tests.server.running import Running
from tests.server.test_tls import make_certificate

HERE = Mdns(announce=True, interfaces=("127.0.0.1",))


@pytest.fixture
async def search() -> AsyncIterator[Search]:
    searching = Search()
    await searching.search.start()
    yield searching
    await searching.search.close()


def announcing(mdns: Mdns = HERE, **options: Any) -> Running:
    return Running(name=f"ender.{uuid.uuid4().hex[:12]}", watching=Watching(mdns=mdns), **options)


async def test_it_is_found_while_it_serves_and_again_once_it_serves_anew(search: Search) -> None:
    async with announcing() as running:
        label = running.options.name.replace(".", "-")
        (found,) = await search.until(label)
        assert found == FoundServer(OPENGB, found.name, f"ws://{running.notice['listen']}/ws")
        assert found.name.startswith(f"{label} on ")
        assert running.notice["announced"] == ["127.0.0.1"]
        running.stop.set()
        assert running.task is not None
        await running.task
        await search.until(label, there=False)
        await running.serve()
        (again,) = await search.until(label)
        assert again.url == running.url


async def test_one_with_a_certificate_says_so(search: Search, tmp_path: Any) -> None:
    async with announcing(tls=make_certificate(tmp_path)) as running:
        (found,) = await search.until(running.options.name.replace(".", "-"))
    assert found.url.startswith("wss://127.0.0.1:")


@pytest.mark.parametrize("mdns", [Mdns(interfaces=("127.0.0.1",)), Mdns(announce=True)])
async def test_nobody_hears_of_one_on_loopback_or_of_one_that_was_not_agreed_to(
    mdns: Mdns, search: Search
) -> None:
    async with announcing(mdns) as silent, announcing() as other:
        await search.until(other.options.name.replace(".", "-"))
        assert "announced" not in silent.notice
        name = silent.options.name.replace(".", "-")
        assert not [found for found in search.found if name in found.name]


OWN = ("127.0.0.1", "192.168.1.5", "10.0.0.2", "::1", "fe80::1", "2001:db8::5")


@pytest.mark.parametrize(
    ("bound", "interfaces", "found"),
    [
        (["127.0.0.1"], (), ()),
        (["127.0.0.1"], ("192.168.1.5",), ()),
        (["127.0.0.1"], ("127.0.0.1",), ("127.0.0.1",)),
        (["0.0.0.0"], (), ("10.0.0.2", "192.168.1.5")),
        (["0.0.0.0"], ("10.0.0.2", "127.0.0.1"), ("10.0.0.2", "127.0.0.1")),
        (["192.168.1.5"], (), ("192.168.1.5",)),
        (["192.168.1.5"], ("10.0.0.2",), ()),
        (["::"], (), ("2001:db8::5",)),
        (["0.0.0.0", "::"], (), ("10.0.0.2", "192.168.1.5", "2001:db8::5")),
        (["192.168.9.9"], (), ()),
        ([], (), ()),
    ],
)
def test_where_it_is_announced(
    bound: list[str], interfaces: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert reachable([(host, 8000) for host in bound], OWN, interfaces) == found
