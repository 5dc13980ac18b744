"""WebSocket connections of clients, on the unix socket and on TCP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from gbterm import jsonrpc
from gbterm.errors import GbtermError
from gbterm.server import dispatch
from gbterm.server.admission import PAGE_S, Admission, Rules
from gbterm.server.arrivals import CLOSE_S, Arrivals
from gbterm.server.client import Client
from gbterm.server.connection import SILENT, Connection
from gbterm.server.frontend import Frontend
from gbterm.server.guard import Guard
from gbterm.server.hub import Hub
from gbterm.server.intake import Intake, Message
from gbterm.server.pace import Pace
from gbterm.server.presence import Presence
from gbterm.server.workers import Workers

CALLS_AT_ONCE = 32
"""A client with more open calls isn't read until one is answered."""
FRAMES_AHEAD = 2
"""So many frames of a client are held while earlier ones are answered."""

KEY_WITHIN_S = 10.0

_log = logging.getLogger(__name__)


class Gateway:
    """Lets clients in to `guard` and tells them what `hub` has to say."""

    def __init__(
        self,
        guard: Guard,
        hub: Hub,
        workers: Workers,
        intake: Intake,
        rules: Rules,
        presence: Presence,
        frontend: Frontend | None = None,
    ) -> None:
        self._guard, self._hub, self._rules, self._presence = guard, hub, rules, presence
        self._workers, self._intake = workers, intake
        self._admission = Admission(guard, rules, frontend)
        self._arrivals = Arrivals(2 * rules.max_clients)  # all may come back at once
        self._calls: set[asyncio.Task[None]] = set()

    async def listen_unix(self, listener: socket.socket) -> Server:
        """Serve a bound unix socket, whose mode says who may connect."""
        return await self._listen(
            sock=listener, process_request=self._admission.near, create_connection=Connection
        )

    async def listen_tcp(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> Server:
        """Serve HOST:PORT. Raises OSError where that isn't possible."""
        return await self._listen(
            host=host,
            port=port,
            process_request=self._admission.far,
            create_connection=partial(self._arrivals.connection, tls=tls),
            open_timeout=PAGE_S,
        )

    async def close(self, server: Server) -> None:
        """Close `server` and its connections."""
        server.close()
        self._arrivals.abort()
        await server.wait_closed()

    async def _listen(self, **where: Any) -> Server:
        return await serve(
            self._serve,
            **where,
            compression=None,
            max_size=self._rules.max_message,
            max_queue=FRAMES_AHEAD,
            # A client can't answer amid a large frame, nor while it isn't read: see `Presence`.
            ping_timeout=None,
            close_timeout=CLOSE_S,
            logger=SILENT,
        )

    def drop_revoked(self) -> None:
        """Cut the connections of those whose keys are no more."""
        for client in tuple(self._hub.clients):
            if client.key is not None and not self._guard.is_valid(client.key):
                client.forbid()
                client.outbox.drop()

    def drop_gone(self) -> None:
        """Cut the connections of those who give no sign of life."""
        self._presence.look(self._hub.clients)

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, Connection)
        client = self._admission.visitor(connection)
        writing = asyncio.create_task(self._write(connection, client))
        try:
            if not client.scopes:
                await self._meet(connection, client)
            if client.scopes:
                self._hub.clients.add(client)
                await self._converse(connection, client)
        except ConnectionClosed:
            return
        except UnicodeDecodeError:
            await connection.close(CloseCode.INVALID_DATA)
        except TimeoutError:
            await connection.close(CloseCode.POLICY_VIOLATION, "the message does not go on")
        except Exception:
            _log.exception("a connection failed")
            raise
        finally:
            self._hub.clients.discard(client)
            writing.cancel()

    async def _meet(self, connection: ServerConnection, client: Client) -> None:
        """Hear the first message of a stranger, who hears of nothing before it has shown a key."""
        try:
            async with (
                asyncio.timeout(KEY_WITHIN_S),
                self._intake.message(connection, client) as message,
            ):
                call = self._start(self._answer(connection, client, message.take(), message.done))
        except TimeoutError:
            await connection.close(CloseCode.POLICY_VIOLATION)
            return
        gone = asyncio.create_task(connection.wait_closed())
        await asyncio.wait([call, gone], return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not client.scopes:
            call.cancel()  # the wait of one who guessed and left
        elif crowd := self._admission.crowd(client):
            client.forbid()
            await connection.close(CloseCode.TRY_AGAIN_LATER, crowd)
        connection.protocol.max_message_size = self._rules.max_message

    async def _converse(self, connection: ServerConnection, client: Client) -> None:
        slots = asyncio.Semaphore(CALLS_AT_ONCE)
        pace = Pace(self._rules.rate, asyncio.get_running_loop().time)
        while True:
            async with self._intake.message(connection, client) as message:
                if delay := pace.take(1):
                    await _pause(connection, delay)
                await slots.acquire()
                if message.file or message.refusal:
                    call = self._start(self._upload(client, message))
                else:
                    text, done = message.take(), message.done
                    call = self._start(self._answer(connection, client, text, done, pace))
                    del text
                call.add_done_callback(lambda _: slots.release())
                if message.is_large:
                    await message.done.wait()

    async def _write(self, connection: Connection, client: Client) -> None:
        with contextlib.suppress(ConnectionClosed, GbtermError):
            await client.outbox.run(connection, lambda: self._hub.catch_up(client))

    def _start(self, answer: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A call goes on when its client leaves: it may be the last word, as in cancelling."""
        call = asyncio.create_task(answer)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call

    async def _upload(self, client: Client, message: Message) -> None:
        """Answer a message that is too large to be read here."""
        at = time.time()
        try:
            if message.file is None:
                raise message.refusal or jsonrpc.no_json()
            said = await self._workers.put(message.file, message.id, is_extended=client.is_extended)
        except GbtermError as error:
            said = jsonrpc.error(message.id, error)
        except Exception as error:  # noqa: BLE001 - one call must not end the connection
            _log.exception("an upload failed")
            said = jsonrpc.error(message.id, error)
        message.done.set()
        await self._guard.uploaded(client, at, said)
        if said:
            await client.outbox.answer(said.encode())

    async def _answer(
        self,
        connection: ServerConnection,
        client: Client,
        message: str,
        done: asyncio.Event,
        pace: Pace | None = None,
    ) -> None:
        try:
            value = await dispatch.read(message)
            del message  # so that a file is not held in it, too
            if pace is not None and isinstance(value, list):
                pace.take(len(value))
            # One large answer of a client at a time is held until it has read it.
            async with client.turn if dispatch.may_be_large(value) else contextlib.nullcontext():
                said = await dispatch.answer(self._guard, client, value)
                done.set()
                if said is not None:
                    await client.outbox.answer(said)
        except (GbtermError, jsonrpc.RpcError) as error:
            done.set()
            await client.outbox.answer(jsonrpc.error(None, error).encode())
        finally:
            done.set()
        if not client.scopes:
            await connection.close(CloseCode.POLICY_VIOLATION)


async def _pause(connection: ServerConnection, seconds: float) -> None:
    """Let `seconds` go by, or less where the connection ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await connection.wait_closed()
