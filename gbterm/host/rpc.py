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

CALLS_AT_ONCE = 1024
"""For one client; the rest wait in its socket. One of them, the server, speaks for many clients,
none of which has as many by far. An emergency stop has a connection of its own."""
UNSENT_MAX = 4 << 20
"""A client that does not read is dropped when so many bytes wait for it."""
GOODBYE_WITHIN_S = 0.5

log = logging.getLogger(__name__)


class Client:
    """A connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.is_listening = False
        """Whether it said hello, and hears of events."""
        self.stands_for = 1
        """How many are connected by it, as a server says."""
        self._is_gone = False
        self._when_gone: list[Callable[[Client], None]] = []

    def tell(self, text: str) -> None:
        """Send a message, or drop who doesn't read."""
        self.send(text.encode() + b"\n")

    def send(self, data: bytes) -> None:
        """Send a message with its line end."""
        if self.writer.transport.get_write_buffer_size() > UNSENT_MAX:
            self.is_listening = False
            self.writer.transport.abort()
        elif not self.writer.is_closing():
            self.writer.write(data)

    def when_gone(self, action: Callable[[Client], None]) -> None:
        """Call `action` once the connection is over, at once where it is."""
        if self._is_gone:
            action(self)
        elif action not in self._when_gone:
            self._when_gone.append(action)

    def close(self) -> None:
        """It is over."""
        self.is_listening, self._is_gone = False, True
        for action in self._when_gone:
            action(self)
        self.writer.close()


Call = Callable[[Client, str, dict[str, Any]], Awaitable[Any]]


class RpcServer:
    """Serves `call` to any number of clients; what one of them does never ends the process."""

    def __init__(self, path: Path, call: Call, mode: int = 0o600) -> None:
        self._path, self._call, self._mode = path, call, mode
        self.seq = 0
        self._clients: set[Client] = set()
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
            self._serve, self._path, limit=jsonrpc.LINE_MAX, start_serving=False
        )
        self._path.chmod(self._mode)
        self._identity = _identity(self._path)
        await self._server.start_serving()
        if old is not None:
            old.close()

    async def close(self) -> None:
        """Say goodbye: clients that said hello hear `shutdown`."""
        self._broadcast(jsonrpc.event("shutdown", {}))
        await asyncio.gather(*(_hang_up(client.writer) for client in tuple(self._clients)))
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    def publish(self, event: Event) -> None:
        """Send an extension event to everybody who said hello."""
        self.seq += 1
        if any(client.is_listening for client in self._clients):
            name, params = wire.event_name(type(event)), wire.to_json(event)
            self._broadcast(jsonrpc.event(name, params, self.seq))

    @property
    def people(self) -> int:
        """How many are connected, here or to a server that is; who waits here may say no hello."""
        return sum(client.stands_for for client in self._clients)

    def _broadcast(self, text: str) -> None:
        data = text.encode() + b"\n"
        for client in tuple(self._clients):
            if client.is_listening:
                client.send(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(writer)
        self._clients.add(client)
        turns = asyncio.Semaphore(CALLS_AT_ONCE)
        try:
            while line := await reader.readline():
                await turns.acquire()
                task = asyncio.create_task(self._answer(line, client))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: turns.release())
        except (OSError, ValueError, asyncio.CancelledError):
            # ValueError: a line longer than LINE_MAX. A cancelled one, at the end of the process,
            # would be logged as a failure by asyncio's streams.
            return
        finally:
            self._clients.discard(client)
            client.close()

    async def _answer(self, line: bytes, client: Client) -> None:
        id: Any = None
        try:
            request = jsonrpc.request(jsonrpc.parse(line))
            id = request.id
            if isinstance(request.params, list):
                raise jsonrpc.RpcError(jsonrpc.INVALID_PARAMS, "Name the parameters here.")
            answer = jsonrpc.result(id, await self._call(client, request.method, request.params))
            if request.method == "hello":
                client.is_listening = True
            if request.is_notification:
                return
        except (GbtermError, jsonrpc.RpcError) as error:
            answer = jsonrpc.error(id, error)
        except Exception as error:
            log.exception("call failed")
            answer = jsonrpc.error(id, error)
        client.tell(answer)


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
