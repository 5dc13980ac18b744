"""Where Prometheus reads: HTTP on an address of its own, on which there is nothing else."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Collection
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from gbterm import wire
from gbterm.backends.opengb.peer import Peer
from gbterm.server import access
from gbterm.server.admission import PAGE_S
from gbterm.server.arrivals import CLOSE_S, Arrivals
from gbterm.server.connection import SILENT
from gbterm.server.counters import Counters
from gbterm.server.frontend import page
from gbterm.server.hub import Hub
from gbterm.server.job_store import JobStore
from gbterm.server.metrics import CONTENT_TYPE, Reading, text_of
from gbterm.server.stream_totals import StreamTotals

PATH = "/metrics"
SAME_FOR_S = 1.0
"""Whoever asks sooner gets what was told last."""
AT_ONCE = 16
"""Connections; with more, the oldest gives way."""
RETRY_S = 30.0
_log = logging.getLogger(__name__)


class MetricsPage:
    """Serves what `printer` and what is stored about it tell, in numbers."""

    def __init__(
        self,
        printer: Peer,
        counters: Counters,
        prints: JobStore,
        hub: Hub,
        *,
        allowed: Collection[str],
        now: Callable[[], float],
    ) -> None:
        """`allowed` are host names that it may be asked by, besides its address."""
        self._printer, self._counters, self._prints, self._hub = printer, counters, prints, hub
        self._allowed, self._now = allowed, now
        self._stream = StreamTotals(printer)
        self._arrivals = Arrivals(AT_ONCE)
        self._turn = asyncio.Lock()
        self._text, self._read_at = b"", float("-inf")

    async def run(self, host: str, port: int, announce: Callable[[str], None]) -> None:
        """Serve HOST:PORT until cancelled; one that is taken is tried again and again.

        `announce` tells everybody that it is.
        """
        failure = ""
        while True:
            try:
                server = await self._listen(host, port)
                break
            except OSError as error:
                why = os.strerror(error.errno) if error.errno else str(error)
                if why != failure:
                    failure = why
                    sentence = f"Metrics can't be served on {host}:{port}: {why}."
                    _log.warning("%s", sentence)
                    announce(f"{sentence} Choose another address as metrics.listen.")
                await asyncio.sleep(RETRY_S)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            self._stream.close()
            self._arrivals.abort()
            await server.wait_closed()

    async def _listen(self, host: str, port: int) -> Server:
        return await serve(
            _hang_up,
            host,
            port,
            process_request=self._answer,
            create_connection=cast(Any, self._arrivals.connection),
            compression=None,
            open_timeout=PAGE_S,
            close_timeout=CLOSE_S,
            logger=SILENT,
        )

    async def _answer(self, connection: ServerConnection, request: Request) -> Response:
        hosts, origins = (request.headers.get_all(name) for name in ("Host", "Origin"))
        refusal = access.refusal(hosts, origins, connection.local_address[0], self._allowed)
        if refusal:
            return connection.respond(HTTPStatus.FORBIDDEN, refusal + "\n")
        if request.method not in ("GET", "HEAD"):
            return page(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})
        if request.path.partition("?")[0] != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, f"The metrics are at {PATH}.\n")
        answer = page(HTTPStatus.OK, {"Content-Type": CONTENT_TYPE}, await self._told())
        if request.method == "HEAD":
            answer.body = b""
        return answer

    async def _told(self) -> bytes:
        async with self._turn:
            if self._now() - self._read_at >= SAME_FOR_S:
                reading = await self._read()
                self._text = await asyncio.to_thread(text_of, reading)
                self._read_at = self._now()
            return self._text

    async def _read(self) -> Reading:
        printer, ways = self._printer, [client.is_local for client in self._hub.clients]
        statistics = await self._stream.read()
        prints: dict[str, tuple[int, float]] = {}
        with suppress(sqlite3.Error):
            prints = await asyncio.to_thread(self._prints.totals)
        return Reading(
            printer.state,
            printer.is_connected and self._stream.is_answered,
            wire.age_s(printer.heard_at, printer.clock()),
            statistics,
            await self._counters.seconds(),
            prints,
            {"unix": ways.count(True), "tcp": ways.count(False)},
        )


async def _hang_up(connection: ServerConnection) -> None:
    """Nobody gets so far: each request has its answer."""
    await connection.close()
