"""What waits to be sent to one client, in its order. Who tells of an event waits for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from gbterm.server.connection import Connection
from gbterm.server.long_answer import LongAnswer

UNREAD_MAX = 4 << 20
"""Bytes of events that wait for a client to read them; with more, it is dropped."""
AMID_MAX = 1 << 16
"""So many wait for the end of a long answer; of what comes then, it misses all."""
LONG = 1 << 20
"""Bytes of an answer that is sent in fragments, each once there is room for it."""
FRAGMENT = 1 << 18


class Outbox:
    """Filled by `tell` and `answer`, emptied by `run`."""

    def __init__(self) -> None:
        self.unread, self.handed_over = 0, 0
        """Bytes of events that wait, and of all messages that the connection was given."""
        self.is_gone = False
        self.has_missed = False
        """Events were left out; `run` says when the client can be told how things are."""
        self.connection: Connection | None = None
        """The client's, while `run` runs."""
        self._is_idle, self._is_amid = False, False
        self._beginning: asyncio.Task[None] | None = None
        self._queue: asyncio.Queue[tuple[bytes | LongAnswer, asyncio.Future[None] | None]] = (
            asyncio.Queue()
        )

    def drop(self) -> None:
        """Cut the connection without waiting for anything."""
        if self.connection is not None:
            self.connection.transport.abort()

    def tell(self, event: bytes) -> None:
        """Send an event or queue it, or drop a client that doesn't read."""
        if self._is_idle and self.connection and self._queue.empty() and not self.connection.unsent:
            self.handed_over += len(event)
            self.connection.push(event)
        elif self.has_missed or (self._is_amid and self.unread + len(event) > AMID_MAX):
            self.has_missed = True
        elif self.unread + len(event) > UNREAD_MAX:
            self.drop()
        else:
            self.unread += len(event)
            self._queue.put_nowait((event, None))

    async def begin(self, answer: LongAnswer) -> bool:
        """Have something of an answer to send; False where the client leaves before that.

        One at a time. Raises what keeps it from being made.
        """
        if self.is_gone:
            return False
        self._beginning = asyncio.create_task(answer.begin())
        await asyncio.wait([self._beginning])
        if self._beginning.cancelled():
            return False
        self._beginning.result()
        return True

    async def answer(self, message: bytes | LongAnswer) -> None:
        """Queue an answer, however long, and wait until it was sent."""
        try:
            if not self.is_gone:
                sent = asyncio.get_running_loop().create_future()
                self._queue.put_nowait((message, sent))
                await sent
        finally:
            if isinstance(message, LongAnswer):
                await message.aclose()

    async def run(self, connection: Connection, on_caught_up: Callable[[], None]) -> None:
        """Send what is queued, until the connection ends or this is cancelled.

        `on_caught_up` is called when the client has read all there was, and missed some.
        """
        sent: asyncio.Future[None] | None = None
        self.connection = connection
        try:
            while True:
                self._is_idle = True
                message, sent = await self._queue.get()
                self._is_idle = False
                await self._send(connection, message)
                if sent is None:
                    assert isinstance(message, bytes)
                    self.unread -= len(message)
                elif not sent.done():
                    sent.set_result(None)
                if self.has_missed and not self.unread:
                    self.has_missed = False
                    on_caught_up()
        finally:
            self.connection, self.is_gone, self._is_idle = None, True, False
            if self._beginning is not None:
                self._beginning.cancel()
            self._queue.put_nowait((b"", sent))
            while not self._queue.empty():
                _, sent = self._queue.get_nowait()
                if sent is not None:
                    sent.cancel()

    async def _send(self, connection: Connection, message: bytes | LongAnswer) -> None:
        if isinstance(message, bytes) and len(message) <= LONG:
            self.handed_over += len(message)
            await connection.send(message, text=True)
            return
        parts = _parts(message) if isinstance(message, bytes) else message.parts()
        self._is_amid = True
        try:
            async with aclosing(self._counted(parts)) as fragments:
                await connection.send(fragments, text=True)
        finally:
            self._is_amid = False

    async def _counted(self, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes]:
        async with aclosing(parts):
            async for part in parts:
                self.handed_over += len(part)
                yield part


async def _parts(message: bytes) -> AsyncGenerator[bytes, None]:
    for at in range(0, len(message), FRAGMENT):
        yield message[at : at + FRAGMENT]
