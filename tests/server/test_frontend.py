"""A web frontend's files on the port of the socket, over real HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from gbterm.server.admission import Rules
from gbterm.server.keys import Scope
from tests.server.running import Running

LARGE = os.urandom(1 << 20) * 8


@pytest.fixture
def files(tmp_path: Path) -> Path:
    root = tmp_path / "www"
    (root / "js" / ".git").mkdir(parents=True)
    (root / "index.html").write_text("<h1>OpenGB</h1>")
    (root / "js" / "app.js").write_text("open()")
    (root / "js" / "index.html").write_text("inner")
    (root / "js" / "a b.CSS").write_text("a {}")
    (root / "js" / ".git" / "config").write_text("secret")
    (root / ".env").write_text("secret")
    (root / "large.bin").write_bytes(LARGE)
    os.mkfifo(root / "pipe.js")
    (tmp_path / "outside.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "out").symlink_to(tmp_path)
    return root


@pytest.fixture
async def served(files: Path) -> AsyncIterator[Running]:
    async with Running(frontend=files) as running:
        yield running


@pytest.fixture
async def locked(files: Path) -> AsyncIterator[Running]:
    rules = Rules(loopback_needs_key=True)
    async with Running(frontend=files, rules=rules, refusal_s=0.01) as running:
        yield running


class Answer:
    def __init__(self, whole: bytes) -> None:
        head, _, self.body = whole.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        pairs = (line.partition(": ") for line in lines)
        self.headers = {name.lower(): value for name, _, value in pairs}


async def fetch(running: Running, path: str, method: str = "GET", **headers: str) -> Answer:
    host, _, port = running.notice["listen"].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    whole = await reader.read()
    writer.close()
    return Answer(whole)


@pytest.mark.parametrize(
    ("path", "type", "body"),
    [
        ("/", "text/html; charset=utf-8", b"<h1>OpenGB</h1>"),
        ("/index.html?v=1", "text/html; charset=utf-8", b"<h1>OpenGB</h1>"),
        ("/js/app.js", "text/javascript; charset=utf-8", b"open()"),
        ("/js/", "text/html; charset=utf-8", b"inner"),
        ("/js/a%20b.CSS", "text/css; charset=utf-8", b"a {}"),
        ("/large.bin", "application/octet-stream", LARGE),
    ],
)
async def test_files_come_with_their_types(
    served: Running, path: str, type: str, body: bytes
) -> None:
    answer = await fetch(served, path)
    assert (answer.status, answer.headers["content-type"]) == (200, type)
    assert answer.body == body
    head = await fetch(served, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    "path",
    [
        *("/absent", "/js", "/js/absent/", "/js/app.js/", "/index.html/x", "//index.html"),
        *("/../outside.txt", "/js/../../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt"),
        *("/%2e%2e%2foutside.txt", "/js/..", "/.", "/..", "//etc/passwd", "/etc/passwd"),
        *("/.env", "/js/.git/config", "/%2eenv", "/link.txt", "/out/outside.txt", "/pipe.js"),
        *("/index.html%00.png", "/%ff", "/%", "/js\\app.js", "*", "outside.txt", "http://x/.env"),
    ],
)
async def test_there_is_nothing_else(served: Running, path: str) -> None:
    answer = await fetch(served, path)
    assert answer.status == 404
    assert b"secret" not in answer.body


async def test_only_reading_is_possible(served: Running, files: Path) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = await fetch(served, "/index.html", method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (files / "index.html").exists()


async def test_a_file_is_sent_again_when_it_changed(served: Running, files: Path) -> None:
    first = await fetch(served, "/js/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await fetch(served, "/js/app.js", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    (files / "js" / "app.js").write_text("closed()")
    changed = await fetch(served, "/js/app.js", If_None_Match=first.headers["etag"])
    assert (changed.status, changed.body) == (200, b"closed()")


async def test_a_page_that_is_read_slowly_comes_whole_and_holds_nobody_up(served: Running) -> None:
    host, _, port = served.notice["listen"].rpartition(":")
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(slow, (host, int(port)))
    await loop.sock_sendall(slow, f"GET /large.bin HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    async with await served.tcp() as client:
        for _ in range(40):  # two seconds: longer than a connection that closes is waited for
            await client.event("temp_update")
    whole = b""
    while piece := await loop.sock_recv(slow, 1 << 20):
        whole += piece
    slow.close()
    assert Answer(whole).body == LARGE


async def test_a_page_that_is_not_read_does_not_hold_up_the_end(served: Running) -> None:
    host, _, port = served.notice["listen"].rpartition(":")
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((host, int(port)))
        deaf.sendall(f"GET /large.bin HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert await asyncio.to_thread(deaf.recv, 16) == b"HTTP/1.1 200 OK\r"
        served.stop.set()
        assert served.task is not None
        await asyncio.wait_for(served.task, 90)


async def test_a_key_in_the_address_becomes_a_cookie(locked: Running) -> None:
    key = locked.keys.create("panel", [Scope.OPERATE])
    assert (await fetch(locked, "/")).status == 401
    assert (await fetch(locked, "/js/app.js")).status == 401
    assert (await fetch(locked, "/absent")).status == 401

    answer = await fetch(locked, f"/?key={key}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert "Secure" not in attributes
    assert (await fetch(locked, "/", Cookie=f"theme=dark; {cookie}")).status == 200

    own = f"http://{locked.notice['listen']}"
    async with await locked.tcp(origin=own, additional_headers={"Cookie": cookie}) as client:
        assert await client.result("set_temp", {"bed": 40}) is True


@pytest.mark.parametrize("origin", [None, "http://127.0.0.1", "http://127.0.0.1:81"])
async def test_a_cookie_is_worth_nothing_on_other_pages(locked: Running, origin: str) -> None:
    cookie = f"gbterm_key={locked.keys.create('panel', [Scope.OPERATE])}"
    async with await locked.tcp(origin=origin, additional_headers={"Cookie": cookie}) as client:
        assert (await client.error("get_status"))["code"] == -32008


async def test_a_cookie_ends_with_its_key(locked: Running) -> None:
    cookie = f"gbterm_key={locked.keys.create('panel', [Scope.OPERATE])}"
    locked.keys.revoke("panel")
    answer = await fetch(locked, "/", Cookie=cookie)
    assert (answer.status, answer.headers["set-cookie"]) == (
        401,
        "gbterm_key=; Path=/; Max-Age=0",
    )
    with pytest.raises(InvalidStatus):
        await locked.tcp(
            origin=f"http://{locked.notice['listen']}", additional_headers={"Cookie": cookie}
        )


async def test_a_wrong_key_in_the_address_sets_no_cookie(locked: Running) -> None:
    answer = await fetch(locked, "/?key=gbterm_wrong")
    assert answer.status == 401
    assert b"gbterm_wrong" not in answer.body
    assert "gbterm_wrong" not in str(answer.headers)


async def test_a_foreign_host_or_page_gets_no_file(served: Running) -> None:
    host, _, port = served.notice["listen"].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert Answer(await reader.read()).status == 403
    writer.close()
    assert (await fetch(served, "/", Origin="http://evil.example")).status == 403


async def test_without_a_frontend_there_are_no_files(running: Running) -> None:
    assert (await fetch(running, "/")).status == 404
