"""Connections that are not through their handshake: silent ones, refused ones, readers of pages."""

from __future__ import annotations

from typing import Any
from weakref import ref

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from gbterm.server.frames import Cutter


class Connection(ServerConnection):
    """One that hands the large frames of its client on in pieces."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._cutter = Cutter()

    def data_received(self, data: bytes) -> None:
        """What the transport has read."""
        super().data_received(self._cutter.cut(data, self.protocol.max_message_size))


class Arrivals:
    """Makes the connections of a server, and knows those that are not let in yet."""

    def __init__(self, at_once: int) -> None:
        """With more than `at_once`, the oldest gives way: who is silent keeps nobody out."""
        self._at_once = at_once
        self._arriving: list[ref[ServerConnection]] = []

    def connection(self, *args: Any, **settings: Any) -> Connection:
        """A new connection, as websockets asks for one."""
        arriving = self._now()
        for oldest in arriving[: max(0, len(arriving) - self._at_once + 1)]:
            oldest.transport.abort()
        made = Connection(*args, **settings)
        self._arriving = [one for one in self._arriving if _is_arriving(one())]
        self._arriving.append(ref(made))
        return made

    def abort(self) -> None:
        """Cut them all."""
        for connection in self._now():
            connection.transport.abort()

    def _now(self) -> list[ServerConnection]:
        """From the oldest on; TLS has a time limit of its own, and no connection before its end."""
        found = (arriving() for arriving in self._arriving)
        return [one for one in found if one and _is_arriving(one) and hasattr(one, "transport")]


def _is_arriving(connection: ServerConnection | None) -> bool:
    return connection is not None and connection.state is State.CONNECTING
