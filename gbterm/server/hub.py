"""Who listens, and what they are told: extension events, or OpenGB's eight."""

from __future__ import annotations

from collections.abc import Iterable

from gbterm import events, jsonrpc, opengb_shapes, wire
from gbterm.model import PrinterState
from gbterm.server.client import Client

ALL_UNREAD_MAX = 32 << 20
"""Bytes of events that wait for all clients together; with more, who leaves most is dropped."""
REPLACED = "state_replaced"
"""An event that clients don't know, so that they ask for the snapshot."""


class Hub:
    """Tells every client of every change. Nothing here waits for a client."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.seq = 0
        """The number of the last extension event."""
        self._state = PrinterState()

    def change(self, event: events.Event | None, old: PrinterState, new: PrinterState) -> None:
        """The printer's state went from `old` to `new`, by a snapshot where `event` is None."""
        name = wire.event_name(type(event)) if event else REPLACED
        params = wire.to_json(event) if event else {}
        self.seq += 1
        self._state = new
        extension = [jsonrpc.event(name, params, self.seq).encode()]
        self._tell(extension, _written(opengb_shapes.changes(old, new, event)), old)

    def tick(self, state: PrinterState) -> None:
        """Once a second: OpenGB's clients have no other source of temperatures."""
        temperatures = ("temp_update", opengb_shapes.temperatures(state))
        self._tell([], _written([temperatures]), state)

    def catch_up(self, client: Client) -> None:
        """Tell a client that has missed events how things are."""
        seen, client.last_told = client.last_told, None
        if client.is_extended:
            client.outbox.tell(jsonrpc.event(REPLACED, {}, self.seq).encode())
        elif seen is not None:
            for event in _written(opengb_shapes.changes(seen, self._state)):
                client.outbox.tell(event)

    def _tell(self, extension: list[bytes], plain: list[bytes], old: PrinterState) -> None:
        unread = 0
        for client in tuple(self.clients):
            outbox = client.outbox
            for event in extension if client.is_extended else plain:
                outbox.tell(event)
            if outbox.has_missed and client.last_told is None:
                client.last_told = old
            unread += outbox.unread
        if unread > ALL_UNREAD_MAX:
            max(self.clients, key=lambda client: client.outbox.unread).outbox.drop()


def _written(named: Iterable[opengb_shapes.NamedShape]) -> list[bytes]:
    return [jsonrpc.event(*one).encode() for one in named]
