"""Who is let in: the same as at the door of WebSocket clients."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator

import pytest

from tests.endtoend.house import GENEROUS_S, House, built
from tests.server.octoprint.asking import Client

UPLOAD = "G28\n"
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def locked() -> Iterator[House]:
    """A host whose own machine needs a key, too."""
    with built() as own:
        (own.root / "config/gbterm").mkdir(parents=True)
        config = '[auth]\nloopback = "key"\n[server]\nallow = ["http://panel.example"]\n'
        (own.root / "config/gbterm/config.toml").write_text(config)
        own.board()
        own.serve("--octoprint-listen", "127.0.0.1:0")
        yield own


def keyed(house: House, *scopes: str) -> Client:
    """A client with a new key."""
    made = house.plain("key", "create", f"key{next(NUMBERS)}", "--scope", *scopes)
    assert made.returncode == 0, made.stderr
    return Client(str(house.notice()["octoprint"]), made.stdout.strip())


def test_without_a_key_nothing_is_told(locked: House) -> None:
    client = Client(str(locked.notice()["octoprint"]))
    for path in ("/api/version", "/api/files", "/api/job", "/nothing"):
        answer = client.ask("GET", path)
        assert (answer.status, "key" in answer.error) == (403, True)
    wrong = Client(client.address, "nobody's")
    assert wrong.ask("GET", "/api/version").status == 403
    assert wrong.upload("part.gcode", UPLOAD).status == 403


def test_a_key_is_shown_in_either_header_and_never_in_an_address(locked: House) -> None:
    client = keyed(locked, "watch")
    assert client.get("/api/version")
    bearer = Client(client.address, headers={"Authorization": f"Bearer {client.key}"})
    assert bearer.get("/api/version")
    answer = Client(client.address).ask("GET", f"/api/version?apikey={client.key}")
    assert (answer.status, "X-Api-Key" in answer.error) == (403, True)


def test_what_a_key_may_do_is_in_its_scopes(locked: House) -> None:
    watching, sending, printing = (keyed(locked, scope) for scope in ("watch", "files", "operate"))
    assert watching.upload("a.gcode", UPLOAD).status == 403
    assert printing.upload("a.gcode", UPLOAD).status == 403
    assert sending.upload("a.gcode", UPLOAD).status == 201
    answer = sending.upload("b.gcode", UPLOAD, print="true")
    assert (answer.status, answer.json["done"], answer.json["effectivePrint"]) == (403, True, False)
    assert "operate" in answer.error
    names = {file["name"] for file in watching.get("/api/files")["files"]}
    assert names == {"a.gcode", "b.gcode"}


def test_a_revoked_key_is_refused_at_once(locked: House) -> None:
    client = keyed(locked, "watch", "files")
    assert client.get("/api/version")
    *_, key = json.loads((locked.root / "config/gbterm/keys.json").read_text())["keys"]
    assert locked.plain("key", "revoke", key["name"]).returncode == 0
    assert client.ask("GET", "/api/version").status == 403


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Host", "printer.example", 403),
        ("Host", "127.0.0.1", 200),
        ("Origin", "http://evil.example", 403),
        ("Origin", "http://panel.example", 200),
    ],
)
def test_pages_of_other_sites_are_kept_out(
    locked: House, header: str, value: str, status: int
) -> None:
    client = keyed(locked, "watch")
    assert client.ask("GET", "/api/version", None, **{header: value}).status == status


def test_who_comes_by_a_proxy_is_not_from_here(client: Client) -> None:
    assert client.ask("GET", "/api/version").status == 200
    assert client.ask("GET", "/api/version", X_Forwarded_For="10.0.0.9").status == 403


def test_strangers_who_say_nothing_keep_nobody_out(locked: House) -> None:
    client = keyed(locked, "watch")
    host, _, port = client.address.rpartition(":")
    silent = [socket.create_connection((host, int(port)), GENEROUS_S) for _ in range(600)]
    try:
        assert client.get("/api/version")
        assert silent[0].recv(1) == b""  # the oldest gave way
    finally:
        for one in silent:
            one.close()


def test_what_is_no_request_says_so_in_one_sentence(client: Client) -> None:
    for method, path, status in (
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/version", 405),
        ("GET", "/", 404),
    ):
        answer = client.ask(method, path)
        assert (answer.status, answer.error.count("\n")) == (status, 0)
