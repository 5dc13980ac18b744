"""`gbterm serve --octoprint-listen` with a simulated board, and a client of OctoPrint's."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Iterator

import pytest

from tests.endtoend.house import House, built, wait_until
from tests.server.octoprint.asking import Client, path_of
from tests.server.test_tls import make_certificate

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """One for all tests of this room."""
    with built() as own:
        own.board()
        own.serve("--octoprint-listen", "127.0.0.1:0")
        yield own


@pytest.fixture(scope="session")
def locked() -> Iterator[House]:
    """A host that asks its own machine for a key, too, by https; it runs commands by name."""
    with built() as own:
        own.configure(
            "volume = { x = [0, 235], y = [-10, 200], z = [0, 250] }",
            *("[auth]", 'loopback = "key"', "[server]", 'allow = ["http://panel.example"]'),
            *("[command.light]", 'run = ["/bin/sh", "-c", "echo lit"]', 'confirm = "Sure?"'),
            *("[command.broken]", 'run = ["/bin/sh", "-c", "echo no power; exit 3"]'),
        )
        own.board()
        certificate, key = make_certificate(own.root)
        tls = ("--tls-cert", str(certificate), "--tls-key", str(key))
        own.serve("--octoprint-listen", "127.0.0.1:0", *tls)
        yield own


def stranger(house: House, key: str = "") -> Client:
    """A client at a host that is `locked`."""
    tls = ssl.create_default_context(cafile=str(house.root / "server.pem"))
    return Client(str(house.notice()["octoprint"]), key, tls)


def keyed(house: House, *scopes: str) -> Client:
    """The same with a new key."""
    made = house.plain("key", "create", f"key{next(NUMBERS)}", "--scope", *scopes)
    assert made.returncode == 0, made.stderr
    return stranger(house, made.stdout.strip())


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
