"""Whom a browser may speak for."""

from __future__ import annotations

import socket

import pytest
from websockets.exceptions import InvalidStatus

from gbterm.server.access import refusal
from gbterm.server.admission import Rules
from tests.server.running import Running

ALLOWED = ("pi.example", "http://panel.example:8080")


@pytest.mark.parametrize(
    ("host", "origin", "address", "is_let_in"),
    [
        ("localhost:8000", None, "127.0.0.1", True),
        ("127.0.0.1:8000", None, "127.0.0.1", True),
        ("[::1]:8000", None, "::1", True),
        ("192.168.1.5:8000", None, "192.168.1.5", True),
        ("pi.example:8000", None, "192.168.1.5", True),
        ("localhost:8000", "http://localhost:8000", "127.0.0.1", True),
        ("localhost:8000", "http://localhost", "127.0.0.1", True),
        ("localhost:8000", "http://panel.example:8080", "127.0.0.1", True),
        ("localhost:8000", "http://evil.example", "127.0.0.1", False),
        ("localhost:8000", "http://panel.example:81", "127.0.0.1", False),
        ("localhost:8000", "null", "127.0.0.1", False),
        ("localhost:8000", "http://localhost.evil.example", "127.0.0.1", False),
        ("evil.example:8000", None, "127.0.0.1", False),
        ("evil.example:8000", "http://evil.example:8000", "127.0.0.1", False),
        ("192.168.1.6:8000", None, "192.168.1.5", False),
        ("", None, "127.0.0.1", False),
        ("[", "http://[", "127.0.0.1", False),
    ],
)
def test_hosts_and_origins(host: str, origin: str | None, address: str, is_let_in: bool) -> None:
    origins = [origin] if origin is not None else []
    assert (refusal([host], origins, address, ALLOWED) == "") is is_let_in


def test_headers_that_come_twice_or_not_at_all() -> None:
    assert refusal([], [], "127.0.0.1", ())
    assert refusal(["localhost", "localhost"], [], "127.0.0.1", ())
    assert refusal(["localhost"], ["http://localhost", "null"], "127.0.0.1", ())


async def test_a_foreign_page_is_turned_away_at_the_handshake(running: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await running.tcp(origin="http://evil.example")
    assert refused.value.response.status_code == 403
    async with await running.tcp(origin="http://127.0.0.1") as client:
        assert await client.result("get_status")


async def test_a_rebound_name_is_turned_away(running: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await running.tcp(name="evil.test")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/ws/x", "/index.html"])
async def test_there_is_nothing_but_the_socket(running: Running, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await running.tcp(path=path)
    assert refused.value.response.status_code == 404


async def test_the_name_that_the_network_knows_is_let_in(running: Running) -> None:
    async with await running.tcp(name=f"{socket.gethostname().upper()}.local") as client:
        assert await client.result("get_status")


async def test_what_the_configuration_names_is_let_in() -> None:
    async with (
        Running(rules=Rules(allowed=ALLOWED)) as running,
        await running.tcp(name="pi.example", origin=ALLOWED[1]) as client,
    ):
        assert await client.result("get_status")
