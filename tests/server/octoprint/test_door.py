"""Who is let in: the same as at the door of WebSocket clients."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.endtoend.house import GENEROUS_S, House, built
from tests.server.octoprint.asking import EDGE, Client, form_of
from tests.server.octoprint.conftest import keyed, stranger

UPLOAD = "G28\n"


def test_without_a_key_nothing_is_told(locked: House) -> None:
    client = stranger(locked)
    for path in ("/api/version", "/api/files", "/api/job", "/nothing"):
        answer = client.ask("GET", path)
        assert (answer.status, "key" in answer.error) == (403, True)
    wrong = stranger(locked, "nobody's")
    assert wrong.ask("GET", "/api/version").status == 403
    assert wrong.upload("part.gcode", UPLOAD).status == 403


def test_a_key_is_shown_in_either_header_and_never_in_an_address(locked: House) -> None:
    client = keyed(locked, "watch")
    assert client.get("/api/version")
    bearer = replace(client, key="", headers={"Authorization": f"Bearer {client.key}"})
    assert bearer.get("/api/version")
    answer = stranger(locked).ask("GET", f"/api/version?apikey={client.key}")
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


def test_it_is_https_where_there_is_a_certificate(locked: House) -> None:
    client = keyed(locked, "files")
    assert client.upload("tls.gcode", UPLOAD).status == 201
    plain = replace(client, tls=None)
    with pytest.raises((HTTPException, OSError)):
        plain.ask("GET", "/api/version")
    with pytest.raises(ssl.SSLCertVerificationError):
        replace(client, tls=ssl.create_default_context()).ask("GET", "/api/version")


def test_nobody_is_told_which_library_answers(client: Client) -> None:
    host, _, port = client.address.rpartition(":")
    told = [client.ask("GET", path).headers["Server"] for path in ("/api/version", "/none")]
    assert told == ["gbterm"] * 2
    with socket.create_connection((host, int(port)), GENEROUS_S) as one:
        one.sendall(b"GARBAGE\r\n\r\n")
        answer = b"".join(iter(lambda: one.recv(1000), b"")).decode()
    assert answer.startswith("HTTP/1.0 400 ")
    assert not [word for word in ("aiohttp", "Python") if word in answer]


def test_only_a_host_with_that_door_pays_for_it(house: House) -> None:
    def maps(role: str) -> str:
        return Path(f"/proc/{house.pid(role)}/maps").read_text()

    # Its parser is a library of its own.
    assert ("aiohttp" in maps("server"), "aiohttp" in maps("printer")) == (True, False)
    with built() as other:
        other.board()
        other.serve()
        served = Path(f"/proc/{other.pid('server')}/maps").read_text()
    assert "aiohttp" not in served


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x, identity"])
def test_nothing_packed_is_unpacked(client: Client, coding: str) -> None:
    form = form_of("part.gcode", UPLOAD)
    sent = {"Content_Type": f"multipart/form-data; boundary={EDGE}", "Content_Encoding": coding}
    for data in (gzip.compress(form), form, gzip.compress(bytes(1 << 24))):
        answer = client.ask("POST", "/api/files/local", data, **sent)
        assert (answer.status, "Content-Encoding" in answer.error) == (415, True)
    answer = client.ask("POST", "/api/job", gzip.compress(b"{}"), Content_Encoding=coding)
    assert answer.status == 415
    assert client.get("/api/files")["files"] == []
