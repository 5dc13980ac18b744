"""What a server is reached through, and which stops an upload halfway."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

from tests.suite.there import There

PASSED = 1 << 17
"""Bytes: an upload has begun by then."""


class Gate(ThreadingTCPServer):
    """Before a server at `port`; of what a connection sends, no more than `PASSED` passes."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.to = port
        self.holds, self.is_left = threading.Event(), threading.Event()


class _Passing(BaseRequestHandler):
    def handle(self) -> None:
        gate, passed = self.server, 0
        assert isinstance(gate, Gate)
        with socket.create_connection(("127.0.0.1", gate.to)) as server:
            threading.Thread(target=self._answer, args=(server,), daemon=True).start()
            with suppress(OSError):
                while data := self.request.recv(1 << 16):
                    passed += len(data)
                    if passed > PASSED:
                        gate.holds.set()
                    else:
                        server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)
        if passed > PASSED:
            gate.is_left.set()

    def _answer(self, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                self.request.sendall(data)


@contextmanager
def gate(there: There) -> Iterator[Gate]:
    """One that `there` goes through."""
    url, straight = urlsplit(there.options[1]), there.options
    with Gate(url.port or 80) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        through = f"{url.scheme}://127.0.0.1:{made.server_address[1]}"
        there.options = (straight[0], through, *straight[2:])
        yield made
        there.options = straight
        made.shutdown()
