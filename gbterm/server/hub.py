"""Who listens, and what they are told: extension events, or OpenGB's eight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gbterm import events, jsonrpc, opengb_shapes, wire
from gbterm.model import PrinterState
from gbterm.server.keys import Key, Scope

UNREAD_MAX = 4 << 20
"""Characters of events that wait for a client to read them; with more, it is dropped."""


class Client:
    """A connection, as far as methods and events are concerned."""

    def __init__(
        self,
        *,
        is_local: bool,
        drop: Callable[[], None],
        scopes: frozenset[Scope] = frozenset(),
    ) -> None:
        """`drop` cuts the connection without waiting for anything."""
        self.is_local, self.is_extended = is_local, False
        self.scopes = scopes
        """What it may do; nothing at all before it has shown a key where one is asked for."""
        self.key: Key | None = None
        self.turn = asyncio.Lock()
        """Held by the one call whose answer may be large."""
        self.is_gone = False
        self._drop, self._unread = drop, 0
        self._outbox: asyncio.Queue[tuple[str, asyncio.Future[None] | None]] = asyncio.Queue()

    def allow(self, key: Key) -> None:
        """Let it do what `key` allows, and nothing else."""
        self.key, self.scopes = key, key.allowed

    def forbid(self) -> None:
        """Let it do nothing any more."""
        self.key, self.scopes = None, frozenset()

    def drop(self) -> None:
        """Cut the connection."""
        self._drop()

    def tell(self, text: str) -> None:
        """Queue an event, or drop a client that doesn't read."""
        self._unread += len(text)
        if self._unread > UNREAD_MAX:
            self._drop()
        else:
            self._outbox.put_nowait((text, None))

    async def answer(self, text: str) -> None:
        """Queue an answer, however long, and wait until it was sent."""
        if not self.is_gone:
            sent = asyncio.get_running_loop().create_future()
            self._outbox.put_nowait((text, sent))
            await sent

    async def write(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what is queued, until `send` raises or this is cancelled."""
        sent: asyncio.Future[None] | None = None
        try:
            while True:
                text, sent = await self._outbox.get()
                await send(text)
                if sent is None:
                    self._unread -= len(text)
                elif not sent.done():
                    sent.set_result(None)
        finally:
            self.is_gone = True
            self._outbox.put_nowait(("", sent))
            while not self._outbox.empty():
                _, sent = self._outbox.get_nowait()
                if sent is not None:
                    sent.cancel()


class Hub:
    """Tells every client of every change. Nothing here waits for a client."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.seq = 0
        """The number of the last extension event."""

    def change(self, event: events.Event | None, old: PrinterState, new: PrinterState) -> None:
        """The printer's state went from `old` to `new`, by a snapshot where `event` is None."""
        # An event that clients don't know makes them ask for the snapshot.
        name = wire.event_name(type(event)) if event else "state_replaced"
        params = wire.to_json(event) if event else {}
        self.seq += 1
        extension = jsonrpc.event(name, params, self.seq)
        plain = [jsonrpc.event(*named) for named in opengb_shapes.changes(old, new, event)]
        for client in tuple(self.clients):
            for text in (extension,) if client.is_extended else plain:
                client.tell(text)

    def tick(self, state: PrinterState) -> None:
        """Once a second: OpenGB's clients have no other source of temperatures."""
        self._tell_plain("temp_update", opengb_shapes.temperatures(state))

    def _tell_plain(self, name: str, params: dict[str, Any]) -> None:
        text = jsonrpc.event(name, params)
        for client in tuple(self.clients):
            if not client.is_extended:
                client.tell(text)
