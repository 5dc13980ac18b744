"""Clients that are gone though their connection stands: they take nothing, or answer nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from gbterm.server.client import Client
from gbterm.server.connection import Connection

STALLED_S = 30.0
"""So long may a client take nothing of what waits for it."""
SILENT_S = 90.0
"""So long may nothing be heard of one, which is sent a ping every 20 s."""


class Presence:
    """Knows since when which client has given no sign of life; `now` is a monotonic clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._signs: WeakKeyDictionary[Client, _Signs] = WeakKeyDictionary()

    def look(self, clients: Iterable[Client]) -> None:
        """Drop those that are gone. To be called every few seconds."""
        now = self._now()
        for client in clients:
            connection = client.outbox.connection
            if connection is None:
                continue
            signs = self._signs.setdefault(client, _Signs(now, now))
            signs.look(connection, client.outbox.handed_over, now)
            if now - signs.taken_at > STALLED_S or now - signs.heard_at > SILENT_S:
                client.outbox.drop()


@dataclass(slots=True)
class _Signs:
    heard_at: float
    taken_at: float
    heard: int = -1
    taken: int = -1

    def look(self, connection: Connection, handed_over: int, now: float) -> None:
        # Who isn't read can't be heard.
        if connection.heard != self.heard or not connection.transport.is_reading():
            self.heard, self.heard_at = connection.heard, now
        untaken = connection.untaken
        taken = handed_over - untaken
        if taken > self.taken and untaken:
            # A pong comes only once all that was sent before its ping is read.
            self.heard_at = self.taken_at = now
        elif not connection.unsent:
            self.taken_at = now
        self.taken = taken
