"""A server as the command line meets it elsewhere: over a real WebSocket, see docs/wire.md."""

from __future__ import annotations

import threading
from http import HTTPStatus
from pathlib import Path

from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve, unix_serve

from gbterm import jsonrpc, wire
from gbterm.model import Phase
from tests.cli.printer_process import Peer

RECORD = {"id": 7, "name": "a.gcode", "size": 4, "uploaded": "2026-01-01 00:00:00.000000"}


class WebSocketServer(Peer):
    """A gbterm server, or the plain OpenGB one, on a port of the loopback interface or a socket."""

    def __init__(self, path: Path | None = None, *, plain: bool = False) -> None:
        super().__init__()
        self.refused: HTTPStatus | None = None
        """How every connection is refused, if so."""
        self.refusals = 0
        self.shown: list[str | None] = []
        """The key of each connection, in its header."""
        self._connections: list[ServerConnection] = []
        self.events: list[str] = []
        """Sent after the greeting."""
        if plain:
            del self.answers["get_snapshot"]
        else:
            self.answers["hello"] = lambda _: self.snapshot()
            names = ["FILES", "JOB", "EMERGENCY_STOP"]
            self.answers["get_capabilities"] = lambda _: {"capabilities": names, "methods": []}
        self._server: Server = (
            unix_serve(self._handle, str(path))
            if path is not None
            else serve(self._handle, "127.0.0.1", 0, process_request=self._check)
        )
        self._thread = threading.Thread(target=self._server.serve_forever)
        address = self._server.socket.getsockname()
        self.url = f"unix:{path}" if path is not None else f"ws://127.0.0.1:{address[1]}/ws"

    def enter(self, seq: int, phase: Phase, reason: str = "") -> None:
        """Send, after the greeting, that the printer entered `phase`."""
        params = {"phase": wire.to_json(phase), "reason": reason}
        self.events.append(jsonrpc.event("phase_changed", params, seq))

    def tell(self, text: str) -> None:
        """Send it to everybody."""
        for connection in self._connections:
            connection.send(text)

    def hang_up(self) -> None:
        """Close every connection."""
        for connection in self._connections:
            connection.close()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.shown.append(request.headers.get("Authorization"))
        if self.refused is None:
            return None
        self.refusals += 1
        return connection.respond(self.refused, "no\n")

    def _handle(self, connection: ServerConnection) -> None:
        self._connections.append(connection)
        for text in connection:
            connection.send(self.reply(text))
            if self.calls[-1][0] == "get_capabilities":
                for event in self.events:
                    connection.send(event)

    def __enter__(self) -> WebSocketServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
