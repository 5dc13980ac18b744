"""The printer process's socket: JSON-RPC, a line each, and the extension events after `hello`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gbterm import jsonrpc, wire
from gbterm.errors import GbtermError
from gbterm.events import Event

LINE_MAX = 1 << 20
CALLS_AT_ONCE = 32
"""For one client; the rest wait in its socket. An emergency stop has a connection of its own."""
UNSENT_MAX = 4 << 20
"""A client that does not read is dropped when so many bytes wait for it."""
GOODBYE_WITHIN_S = 0.5

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
log = logging.getLogger(__name__)


class RpcServer:
    """Serves `call` to any number of clients; what one of them does never ends the process."""

    def __init__(self, path: Path, call: Call) -> None:
        self._path, self._call = path, call
        self.seq = 0
        self._clients: set[asyncio.StreamWriter] = set()
        self._listeners: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._identity = (0, 0)

    async def listen(self) -> None:
        """Make the socket; again where somebody removed it."""
        if self._server is not None and self._identity == _identity(self._path):
            return
        old = self._server
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            self._serve, self._path, limit=LINE_MAX, start_serving=False
        )
        self._path.chmod(0o600)
        self._identity = _identity(self._path)
        await self._server.start_serving()
        if old is not None:
            old.close()

    async def close(self) -> None:
        """Say goodbye: clients that said hello hear `shutdown`."""
        self._broadcast(jsonrpc.event("shutdown", {}))
        await asyncio.gather(*(_hang_up(writer) for writer in tuple(self._clients)))
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    def publish(self, event: Event) -> None:
        """Send an extension event to everybody who said hello."""
        self.seq += 1
        if self._listeners:
            name, params = wire.event_name(type(event)), wire.to_json(event)
            self._broadcast(jsonrpc.event(name, params, self.seq))

    def _broadcast(self, text: str) -> None:
        data = text.encode() + b"\n"
        for writer in tuple(self._listeners):
            self._send(writer, data)

    def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if writer.transport.get_write_buffer_size() > UNSENT_MAX:
            self._listeners.discard(writer)
            writer.transport.abort()
        elif not writer.is_closing():
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        turns = asyncio.Semaphore(CALLS_AT_ONCE)
        try:
            while line := await reader.readline():
                await turns.acquire()
                task = asyncio.create_task(self._answer(line, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: turns.release())
        except (OSError, ValueError, asyncio.CancelledError):
            # ValueError: a line longer than LINE_MAX. A cancelled one, at the end of the process,
            # would be logged as a failure by asyncio's streams.
            return
        finally:
            self._listeners.discard(writer)
            self._clients.discard(writer)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        id: Any = None
        try:
            request = jsonrpc.request(jsonrpc.parse(line))
            id = request.id
            if isinstance(request.params, list):
                raise jsonrpc.RpcError(jsonrpc.INVALID_PARAMS, "Name the parameters here.")
            answer = jsonrpc.result(id, await self._call(request.method, request.params))
            if request.method == "hello":
                self._listeners.add(writer)
            if request.is_notification:
                return
        except (GbtermError, jsonrpc.RpcError) as error:
            answer = jsonrpc.error(id, error)
        except Exception as error:
            log.exception("call failed")
            answer = jsonrpc.error(id, error)
        self._send(writer, answer.encode() + b"\n")


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection, with what is left to send where its client reads it soon."""
    writer.close()
    try:
        async with asyncio.timeout(GOODBYE_WITHIN_S):
            await writer.wait_closed()
    except TimeoutError:
        writer.transport.abort()
    except OSError:
        return


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)
