"""A server that speaks HTTP and means harm: packed, redirected, endless, slow and senseless."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gbterm.backends.octoprint import http as room
from gbterm.backends.octoprint.http import Http
from gbterm.credentials import Credentials
from gbterm.errors import CommandTimeout, GbtermError, LinkError

Writes = Callable[[asyncio.StreamWriter], Awaitable[None]]
KEY = "0123456789ABCDEF"


@asynccontextmanager
async def answering(writes: Writes) -> AsyncIterator[tuple[Http, list[bytes]]]:
    """A client of a server that answers whatever is asked with what `writes` writes; and the
    requests."""
    heard: list[bytes] = []
    writing: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            await writes(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writing.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    http = Http(f"http://127.0.0.1:{port}", Credentials(KEY))
    try:
        yield http, heard
    finally:
        await http.close()
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        server.close()


def whole(body: bytes, *headers: str, status: str = "200 OK") -> Writes:
    """An answer that is what it says."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode() + body)

    return write


async def test_nothing_packed_is_unpacked() -> None:
    bomb = gzip.compress(b"[" + b" " * (80 << 20) + b"]")
    async with answering(whole(bomb, "Content-Encoding: gzip")) as (http, heard):
        with pytest.raises(LinkError, match="packs its answers"):
            await http.get("/api/version")
        assert b"Accept-Encoding: identity" in heard[0]


async def test_the_key_goes_nowhere_else() -> None:
    async with (
        answering(whole(b"{}")) as (elsewhere, heard),
        answering(whole(b"", f"Location: {elsewhere.url}/api", status="302 Found")) as (http, _),
    ):
        with pytest.raises(LinkError, match="leads elsewhere"):
            await http.get("/api/version")
        assert heard == []


async def test_no_cookie_is_kept() -> None:
    async with answering(whole(b"{}", "Set-Cookie: a=b")) as (http, heard):
        await http.get("/api/version")
        await http.get("/api/version")
        assert len(heard) == 2
        assert b"cookie" not in heard[1].lower()


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"\xff\xfe", b"{", b"[" + b"[]," * 2_000_000 + b"[]]", b"<html>"],
    ids=["nested", "no text", "half", "many", "a page"],
)
async def test_what_is_no_answer_is_a_sentence(body: bytes) -> None:
    async with answering(whole(body)) as (http, _):
        with pytest.raises(GbtermError, match="The server at"):
            await http.get("/api/version")


async def test_an_answer_without_an_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ANSWER_MAX", 1 << 20)

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
            await writer.drain()

    async with answering(write) as (http, _):
        with pytest.raises(LinkError, match="more than 1 MiB"):
            await http.get("/api/files")


async def test_a_byte_now_and_then_is_not_waited_for_without_end() -> None:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with answering(write) as (http, _):
        with pytest.raises(CommandTimeout, match="did not answer in time"):
            await http.post("/api/job", {}, timeout_s=0.3)


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "500 Oops", "777 What"])
async def test_what_a_refusal_says_is_scrubbed_and_short(status: str) -> None:
    said: dict[str, Any] = {"error": "\x1b]0;owned\x07\u202e" + "long " * 10_000}
    async with answering(whole(json.dumps(said).encode(), status=status)) as (http, _):
        with pytest.raises(GbtermError) as caught:
            await http.get("/api/version")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
