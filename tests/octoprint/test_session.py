"""Staying connected to a real OctoPrint."""

from __future__ import annotations

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused
from gbterm.model import Phase, State
from tests.octoprint.live import OctoPrint
from tests.octoprint.seen import until


async def test_it_tells_the_state_of_the_printer_once_connected(server: OctoPrint) -> None:
    backend = OctoPrintBackend(server.url, credentials=Credentials(server.key))
    await backend.connect()
    assert backend.state.phase == Phase.READY
    await until(lambda: backend.state.nozzles[0].current)
    await backend.close()
    assert backend.state.state is State.DISCONNECTED


async def test_a_wrong_key_is_refused_in_so_many_words(server: OctoPrint) -> None:
    backend = OctoPrintBackend(server.url, credentials=Credentials("F" * 32))
    with pytest.raises(AuthenticationRefused, match="key"):
        await backend.connect()
