"""`gbterm serve --octoprint-listen` with a simulated board, and a client of OctoPrint's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endtoend.house import House, built, wait_until
from tests.server.octoprint.asking import Client, path_of


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """One for all tests of this room."""
    with built() as own:
        own.board()
        own.serve("--octoprint-listen", "127.0.0.1:0")
        yield own


def phase(house: House) -> str:
    """What the printer process says."""
    return str(house.ask("get_snapshot")["result"]["state"]["phase"])


@pytest.fixture
def client(house: House) -> Client:
    """One of loopback, which needs no key; nothing is printed, and the library is empty."""
    client = Client(str(house.notice()["octoprint"]))
    house.ask("cancel_print")
    wait_until(lambda: phase(house) == "READY", "nothing is printed")
    for file in client.get("/api/files")["files"]:
        assert client.ask("DELETE", path_of(file)).status == 204
    return client
