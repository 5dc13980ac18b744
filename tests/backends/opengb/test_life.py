"""A server that keeps its connection and says nothing, and a healthy one on a slow line."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.backends.opengb.life import (
    LOOK_EVERY_S,
    MUTE_S,
    SLOWEST_BYTES_S,
    Life,
    LivingConnection,
)
from gbterm.backends.opengb.websocket import open_websocket
from gbterm.model import Phase
from tests.backends.opengb.plain_server import STATUS, PlainServer
from tests.backends.opengb.wire import Wire
from tests.server.running import Running, until

TEN_S = 10.0


class Watched:
    """A life, looked at as a connection does, on a clock of its own."""

    def __init__(self) -> None:
        self.now, self.heard, self.sent, self.pings = 100.0, 0, 0, 0
        self.life = Life(self.now)

    def goes_by(self, seconds: float, *, is_read: bool = True) -> bool:
        """Whether it lives still."""
        for _ in range(round(seconds / LOOK_EVERY_S)):
            self.now += LOOK_EVERY_S
            self.pings += self.life.look(self.now, self.heard, self.sent, is_read=is_read)
        return not self.life.is_mute


def test_a_mute_server_is_given_up_within_ten_seconds_after_pings() -> None:
    watched = Watched()
    watched.heard += 1
    assert watched.goes_by(MUTE_S - LOOK_EVERY_S)
    assert not watched.goes_by(TEN_S - MUTE_S)
    assert watched.pings == 3


def test_whatever_is_heard_is_life() -> None:
    watched = Watched()
    for _ in range(10):
        assert watched.goes_by(MUTE_S - 1)
        watched.heard += 1


def test_a_long_upload_is_given_its_time() -> None:
    watched = Watched()
    watched.sent += 20 * SLOWEST_BYTES_S
    assert watched.goes_by(20 + MUTE_S - 1)
    assert not watched.goes_by(2)


def test_who_is_not_read_is_not_silent() -> None:
    watched = Watched()
    assert watched.goes_by(60, is_read=False)
    assert not watched.goes_by(TEN_S)


def test_a_stopped_client_takes_its_own_sleep_for_nobodys_silence() -> None:
    watched = Watched()
    watched.now += 3600
    assert watched.goes_by(MUTE_S - 2)


class Hurried:
    """A clock that a test turns, and that turns the clocks of all connections."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(LivingConnection, "clock", lambda _: self.tick())
        monkeypatch.setattr(LivingConnection, "look_every_s", 0.02)

    def tick(self) -> float:
        """At each look, as much as counts at most."""
        self.now += 2 * LOOK_EVERY_S
        return self.now


async def test_a_mute_server_is_shown_with_its_reason_and_reached_again(
    running: Running, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    Hurried(monkeypatch)
    backend = OpenGbBackend(f"ws://127.0.0.1:{wire.port}")
    reasons: list[str] = []
    backend.subscribe(lambda _, state: reasons.append(state.reason))
    await backend.connect()
    wire.carry_answers = False
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    assert reasons[-1] == "The server has said nothing for 8 s."
    wire.carry_answers = True
    await until(lambda: backend.state == running.device.state)
    await backend.close()


async def test_a_plain_server_that_says_nothing_but_pongs_lives(
    plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = Hurried(monkeypatch)
    backend = OpenGbBackend(f"ws://127.0.0.1:{plain.port}")
    await backend.connect()
    begun = hurried.now
    await until(lambda: hurried.now > begun + 3 * MUTE_S or backend.state.phase is not Phase.READY)
    assert backend.state.phase is Phase.READY
    await backend.close()


async def test_an_answer_of_64_mib_on_a_slow_line_is_no_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hurried = Hurried(monkeypatch)
    size, served = 68 << 20, asyncio.Event()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A handshake, then one frame, so slowly that no pong would come in time."""
        from websockets.utils import accept_key

        head = await reader.readuntil(b"\r\n\r\n")
        key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0].decode()
        answer = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        )
        writer.write(answer.encode() + b"\x81\x7f" + size.to_bytes(8, "big"))
        begun, piece = hurried.now, 17 << 20
        for number in range(size // piece):
            await until(lambda due=begun + (number + 1) * 5: hurried.now >= due)  # type: ignore[misc]
            writer.write(b"x" * piece)
            await writer.drain()
        await served.wait()
        writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = await open_websocket(f"ws://127.0.0.1:{port}")
    async for message in channel.messages():
        assert len(message) == size
        break
    assert hurried.now > 2 * MUTE_S
    served.set()
    await channel.close()
    server.close()


async def test_a_server_that_refuses_for_now_is_tried_again_with_its_reason() -> None:
    """As one does that is full, or still starts behind a proxy."""
    answers = iter((None, "full", HTTPStatus.SERVICE_UNAVAILABLE, None))
    present: list[HTTPStatus | str | None] = [None]

    def admit(connection: ServerConnection, _: Request) -> Response | None:
        present[0] = next(answers, None)
        refused = present[0]
        if isinstance(refused, HTTPStatus):
            return connection.respond(refused, "It starts.\n")
        return None

    async def converse(connection: ServerConnection) -> None:
        if present[0] == "full":
            await connection.close(CloseCode.TRY_AGAIN_LATER, "All places are taken")
        async for text in connection:
            request = json.loads(text)
            answer: dict[str, Any] = {"error": {"code": -32601, "message": "Method not found"}}
            if request["method"] == "get_status":
                answer = {"result": {"status": STATUS}}
            await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"]} | answer))

    async with serve(converse, "127.0.0.1", 0, process_request=admit) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        backend = OpenGbBackend(f"ws://127.0.0.1:{port}")
        await backend.connect()
        reasons: list[str] = []
        backend.subscribe(lambda _, state: reasons.append(state.reason))
        for connection in tuple(server.connections):
            connection.transport.abort()
        await until(lambda: reasons and backend.state.phase is Phase.READY)
        told = " ".join(reasons)
        assert "The server closed the connection: All places are taken." in told
        assert "(HTTP 503): It starts." in told
        await backend.close()
