"""Console lines for the clients that asked for them, each as it filters them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gbterm import jsonrpc, wire
from gbterm.backends.opengb.console import PeerConsole
from gbterm.console_lines import KEPT, KINDS, LONGEST, ConsoleLines, Filter
from gbterm.params import Param, count, listed, text
from gbterm.server.client import Client
from gbterm.server.table import Method, Table


class Console:
    """One subscription a client. The printer process is asked while somebody listens."""

    def __init__(self, printer: PeerConsole) -> None:
        self._printer = printer
        self._stops: dict[Client, Callable[[], None]] = {}
        self._written: tuple[ConsoleLines, bytes] = (ConsoleLines(), b"")
        wanted = (
            Param("hide", listed(*KINDS), ()),
            Param("contains", text, ""),
            Param("backlog", count, 0),
        )
        self.table: Table = {
            "subscribe_console": Method(wanted, self._subscribe),
            "unsubscribe_console": Method((), self._unsubscribe),
        }
        """Its methods by their names."""

    async def _subscribe(self, client: Client, params: dict[str, Any]) -> bool:
        missed = 0

        def tell(batch: ConsoleLines) -> None:
            nonlocal missed
            if client.outbox.is_gone:
                self._stop(client)
            elif client.outbox.has_missed:
                missed += len(batch.lines) + batch.skipped
            else:
                batch = replace(batch, skipped=batch.skipped + missed) if missed else batch
                missed = 0
                client.outbox.tell(self._write(batch))

        wanted = Filter(frozenset(params["hide"]), params["contains"][:LONGEST])
        backlog = min(params["backlog"], KEPT)
        # The new one first: with nobody left, the printer process would be asked to stop.
        stop = await self._printer.watch(tell, wanted, backlog)
        self._stop(client)
        self._stops[client] = stop
        return True

    async def _unsubscribe(self, client: Client, _: dict[str, Any]) -> bool:
        self._stop(client)
        return True

    def _stop(self, client: Client) -> None:
        stop = self._stops.pop(client, None)
        if stop is not None:
            stop()

    def _write(self, batch: ConsoleLines) -> bytes:
        """The event, written once for all who want the same."""
        known, text = self._written
        if known is not batch:
            text = jsonrpc.event("console_lines", wire.to_json(batch)).encode()
            self._written = (batch, text)
        return text
