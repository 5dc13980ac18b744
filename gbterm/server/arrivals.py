"""Connections that are not through their handshake: silent ones, refused ones, readers of pages."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any
from weakref import ref

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from gbterm.server.connection import Connection

TLS_S, CLOSE_S = 10.0, 1.0


class Handshake(asyncio.Protocol):
    """TLS ahead of `connection`, which begins with it once that is done.

    It is told by `receive` what came too early. A server that asyncio makes for TLS hides those
    that are silent, and each takes 300 KiB.
    """

    def __init__(
        self, connection: Any, receive: Callable[[bytes], None], tls: ssl.SSLContext
    ) -> None:
        self._connection, self._receive, self._tls = connection, receive, tls
        self._early, self._is_lost = bytearray(), False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connection.transport = transport
        transport.pause_reading()
        self._work = asyncio.create_task(self._shake(transport))

    def data_received(self, data: bytes) -> None:
        self._early += data

    def connection_lost(self, _: Exception | None) -> None:
        self._is_lost = True

    async def _shake(self, plain: asyncio.Transport) -> None:
        try:
            secure = await asyncio.get_running_loop().start_tls(
                *(plain, self, self._tls),
                server_side=True,
                ssl_handshake_timeout=TLS_S,
                ssl_shutdown_timeout=CLOSE_S,
            )
        except OSError:
            return
        if secure is None or self._is_lost:
            return
        secure.set_protocol(self._connection)
        self._connection.connection_made(secure)
        if self._early:
            self._receive(bytes(self._early))


class Arrivals:
    """Makes the connections of a server, and knows those that are not let in yet."""

    def __init__(self, at_once: int) -> None:
        """With more than `at_once`, the oldest gives way: who is silent keeps nobody out."""
        self._at_once = at_once
        self._arriving: list[ref[ServerConnection]] = []

    def connection(
        self, *args: Any, tls: ssl.SSLContext | None = None, **settings: Any
    ) -> asyncio.Protocol:
        """A new connection, as websockets asks for one, or what comes ahead of it."""
        arriving = self._now()
        for oldest in arriving[: max(0, len(arriving) - self._at_once + 1)]:
            oldest.transport.abort()
        made = Connection(*args, **settings)
        self._arriving = [one for one in self._arriving if _is_arriving(one())]
        self._arriving.append(ref(made))
        return Handshake(made, made.receive, tls) if tls else made

    def abort(self) -> None:
        """Cut them all."""
        for connection in self._now():
            connection.transport.abort()

    def _now(self) -> list[ServerConnection]:
        """From the oldest on."""
        found = (arriving() for arriving in self._arriving)
        return [one for one in found if one and _is_arriving(one) and hasattr(one, "transport")]


def _is_arriving(connection: ServerConnection | None) -> bool:
    return connection is not None and connection.state is State.CONNECTING
