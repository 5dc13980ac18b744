"""What stands behind `RUN/printer.sock` and a server's WebSocket, for real: see docs/wire.md."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from gbterm import jsonrpc, wire
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Temperature

Answer = Callable[[dict[str, Any]], Any]
"""From the params to the result; raises the error that is to be answered."""

HEATING = PrinterState(
    phase=Phase.PAUSING,
    reason="asked to pause",
    nozzles=(Temperature(209.84, 215.0), Temperature(24.0, 0.0)),
    bed=Temperature(60.0, 60.0),
    job=replace(
        Job("box.gcode", 1, line=100, lines=400, byte=25, bytes=100, elapsed_s=61, left_s=3720),
        layer=12,
        layers=62,
    ),
)


class Peer:
    """Answers `get_snapshot` with `states` in turn, and what `answers` say.

    The last state is the answer for ever.
    """

    def __init__(self) -> None:
        self.states = [PrinterState(phase=Phase.READY)]
        self.heard_s: object = 0.4
        self.answers: dict[str, Answer] = {"get_snapshot": lambda _: self.snapshot()}
        self.calls: list[tuple[str, Any]] = []

    def snapshot(self) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"seq": 1, "state": wire.to_json(state), "heard_s": self.heard_s}

    def refuse(self, method: str, error: Exception) -> None:
        """Answer `method` with `error`."""

        def answer(_: dict[str, Any]) -> Any:
            raise error

        self.answers[method] = answer

    def reply(self, text: str | bytes) -> str:
        """The answer to a request."""
        request = json.loads(text)
        method, params = request["method"], request["params"]
        self.calls.append((method, params))
        try:
            if method not in self.answers:
                raise jsonrpc.RpcError(jsonrpc.METHOD_NOT_FOUND, "no such method")
            return jsonrpc.result(request["id"], self.answers[method](params))
        except Exception as error:  # noqa: BLE001 - every error goes over the wire
            return jsonrpc.error(request["id"], error)


class PrinterProcess(Peer):
    """A printer process: a line each, and before each answer an event, as from the real one."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.raw: bytes | None = None
        """What is sent instead of any answer."""
        self.hang_up_at = 0
        """The number of the call that is not answered: the connection is closed instead."""
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(ConnectionError):  # the client may leave at any time
                    for line in self.rfile:
                        self.wfile.write(outer.answer(line))
                        if outer.raw is not None or len(outer.calls) == outer.hang_up_at:
                            return

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self._server = Server(str(path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def answer(self, line: bytes) -> bytes:
        reply = self.reply(line)
        if len(self.calls) == self.hang_up_at:
            return b""
        if self.raw is not None:
            return self.raw
        event = jsonrpc.event("temp_update", {"bed_current": 20})
        return f"{event}\n{reply}\n".encode()

    def __enter__(self) -> PrinterProcess:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
