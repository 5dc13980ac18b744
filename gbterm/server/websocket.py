"""WebSocket connections of clients, on the unix socket and on TCP."""

from __future__ import annotations

import asyncio
import contextlib
import http
import socket
from collections.abc import Iterable
from functools import partial

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from gbterm import jsonrpc
from gbterm.server import access, dispatch
from gbterm.server.hub import Client, Hub

PATH = "/ws"
MAX_MESSAGE = 128 << 20
CALLS_AT_ONCE = 32
"""A client with more open calls isn't read until one is answered."""

CLOSE_S = 1.0


class Gateway:
    """Accepts clients for `methods` and tells them what `hub` has to say."""

    def __init__(
        self,
        methods: dispatch.Callee,
        hub: Hub,
        *,
        allowed: Iterable[str] = (),
        max_message: int = MAX_MESSAGE,
    ) -> None:
        """`allowed` are origins and host names besides those that `access` lets in."""
        self._methods, self._hub, self._allowed = methods, hub, frozenset(allowed)
        self._max_message = max_message
        self._calls: set[asyncio.Task[None]] = set()

    async def listen_unix(self, listener: socket.socket) -> Server:
        """Serve a bound unix socket, whose mode says who may connect."""
        return await self._listen(is_local=True, sock=listener)

    async def listen_tcp(self, host: str, port: int) -> Server:
        """Serve HOST:PORT. Raises OSError where that isn't possible."""
        return await self._listen(is_local=False, host=host, port=port)

    async def _listen(
        self,
        *,
        is_local: bool,
        sock: socket.socket | None = None,
        host: str | None = None,
        port: int | None = None,
    ) -> Server:
        return await serve(
            partial(self._serve, is_local),
            host,
            port,
            sock=sock,
            process_request=partial(self._admit, is_local),
            compression=None,
            max_size=self._max_message,
            close_timeout=CLOSE_S,
        )

    def _admit(
        self, is_local: bool, connection: ServerConnection, request: Request
    ) -> Response | None:
        if request.path.partition("?")[0] != PATH:
            return connection.respond(http.HTTPStatus.NOT_FOUND, f"The socket is at {PATH}.\n")
        if is_local:
            return None
        hosts = request.headers.get_all("Host")
        origins = request.headers.get_all("Origin")
        refusal = access.refusal(hosts, origins, connection.local_address[0], self._allowed)
        return connection.respond(http.HTTPStatus.FORBIDDEN, refusal + "\n") if refusal else None

    async def _serve(self, is_local: bool, connection: ServerConnection) -> None:
        client = Client(is_local=is_local, drop=connection.transport.abort)
        slots = asyncio.Semaphore(CALLS_AT_ONCE)
        writing = asyncio.create_task(_write(connection, client))
        self._hub.clients.add(client)
        try:
            while True:
                message = await _receive(connection)
                await slots.acquire()
                call = asyncio.create_task(self._answer(client, message))
                del message  # which may hold a file
                # A call goes on when its client leaves: it may be the last word, as in
                # cancelling a print.
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)
                call.add_done_callback(lambda _: slots.release())
        except ConnectionClosed:
            return
        except UnicodeDecodeError:
            await connection.close(CloseCode.INVALID_DATA)
        finally:
            self._hub.clients.discard(client)
            writing.cancel()

    async def _answer(self, client: Client, message: str) -> None:
        try:
            value = await dispatch.read(message)
            del message  # so that a file is not held in it, too
            text = await dispatch.answer(self._methods, client, value)
        except jsonrpc.RpcError as error:
            text = jsonrpc.error(None, error)
        if text is not None:
            await client.answer(text)


async def _receive(connection: ServerConnection) -> str:
    """The next message. It may hold a file, so its pieces are let go as they come.

    Raises `UnicodeDecodeError` where it is no text.
    """
    whole = bytearray()
    async for piece in connection.recv_streaming(decode=False):
        whole += piece
    return whole.decode()


async def _write(connection: ServerConnection, client: Client) -> None:
    with contextlib.suppress(ConnectionClosed):
        await client.write(connection.send)
