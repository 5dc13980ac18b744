"""Console lines on the printer process's socket, for the connections that asked for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gbterm import jsonrpc, wire
from gbterm.backends.base import Backend
from gbterm.console_lines import KEPT, ConsoleLines
from gbterm.host.rpc import Client


class ConsoleMethods:
    """One subscription a connection. What of the lines is wanted is the server's to judge."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stops: dict[Client, Callable[[], None]] = {}

    async def subscribe(self, client: Client, params: dict[str, Any]) -> bool:
        """Tell `client` of every line from now on, after `backlog` of those before."""

        def tell(batch: ConsoleLines) -> None:
            client.tell(jsonrpc.event("console_lines", wire.to_json(batch)))

        self._stop(client)
        backlog = min(params["backlog"], KEPT)
        self._stops[client] = await self._backend.watch_console(tell, backlog=backlog)
        client.when_gone(self._stop)
        return True

    async def unsubscribe(self, client: Client, _: dict[str, Any]) -> bool:
        """No more of it; done already is no error."""
        self._stop(client)
        return True

    def _stop(self, client: Client) -> None:
        stop = self._stops.pop(client, None)
        if stop is not None:
            stop()
