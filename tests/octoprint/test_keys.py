"""Keys that somebody grants at a real OctoPrint."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.backends.octoprint import keys
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused, WrongState
from gbterm.model import State
from tests.octoprint.live import OctoPrint, running
from tests.octoprint.seen import until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OctoPrint]:
    """Its own for each test, for it takes three requests a minute."""
    with running(tmp_path / "octoprint") as server:
        yield server


async def asked(server: OctoPrint) -> asyncio.Task[str]:
    """A request for a key that was told of."""
    told: list[str] = []
    ask = OctoPrintBackend(server.url).ask_for_key
    asking = asyncio.create_task(ask(lambda *both: told.extend(both)))
    await until(lambda: told or asking.done())
    assert told[0].startswith(f"Open {server.url} in a browser")
    assert re.fullmatch(rf"{server.url}/plugin/appkeys/auth/[\w-]+", told[1])
    return asking


def decide(server: OctoPrint, *, granted: bool) -> None:
    (token,) = server.get("/api/plugin/appkeys")["pending"]
    server.post(f"/plugin/appkeys/decision/{token}", {"decision": granted})


async def test_a_key_that_is_granted_opens_the_server(server: OctoPrint) -> None:
    asking = await asked(server)
    decide(server, granted=True)
    backend = OctoPrintBackend(server.url, credentials=Credentials(await asking))
    await backend.connect()
    assert backend.state.state is State.READY
    await backend.close()


async def test_a_key_that_is_denied_is_refused_and_too_many_are_told(server: OctoPrint) -> None:
    for _ in range(3):
        asking = await asked(server)
        decide(server, granted=False)
        with pytest.raises(AuthenticationRefused, match="denied"):
            await asking
    with pytest.raises(WrongState, match="too often"):
        await OctoPrintBackend(server.url).ask_for_key(lambda *_: None)


async def test_a_request_that_nobody_asks_about_expires(
    server: OctoPrint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "POLL_S", 6.5)
    with pytest.raises(AuthenticationRefused, match="expired"):
        await (await asked(server))
