"""Who is connected: what it may do, and what it is told."""

from __future__ import annotations

import asyncio

from gbterm.model import PrinterState
from gbterm.server.keys import Key, Scope
from gbterm.server.outbox import Outbox


class Client:
    """A connection, as far as methods and events are concerned."""

    def __init__(
        self,
        *,
        is_local: bool,
        scopes: frozenset[Scope] = frozenset(),
        uid: int | None = None,
        address: str = "",
    ) -> None:
        self.is_local, self.is_extended = is_local, False
        self.uid, self.address, self.name = uid, address, ""
        """Whose process it is on a unix socket, where from on TCP, and what it calls itself."""
        self.scopes = scopes
        """What it may do; nothing at all before it has shown a key where one is asked for."""
        self.key: Key | None = None
        self.turn = asyncio.Lock()
        """Held by the one call whose answer may be large."""
        self.outbox = Outbox()
        self.last_told: PrinterState | None = None
        """The state before the first event that it has missed."""

    def allow(self, key: Key) -> None:
        """Let it do what `key` allows, and nothing else."""
        self.key, self.scopes = key, key.allowed

    def forbid(self) -> None:
        """Let it do nothing any more."""
        self.key, self.scopes = None, frozenset()
