"""The control socket: faults as lines of text, `ok` or a sentence as answer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from gbterm.simulator.control import Outside, parse_fault
from gbterm.simulator.faults import Fault

LINE_MAX = 4096


class ControlSocket:
    """A listening unix socket and its clients, for a select loop."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where `path` can't be made, or is somebody else's."""
        self._path = path
        _remove_dead(path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(str(path))
        except OSError as error:
            self._listener.close()
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        self._listener.listen()
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}

    @property
    def files(self) -> list[int]:
        """What to wait for."""
        return [self._listener.fileno(), *self._clients]

    def serve(self, ready: list[int], inject: Callable[[Fault | Outside], None]) -> None:
        """Answer those who have something to say."""
        for fd in ready:
            if fd == self._listener.fileno():
                client, _ = self._listener.accept()
                client.settimeout(1.0)
                self._clients[client.fileno()] = (client, bytearray())
            elif fd in self._clients:
                self._hear(fd, inject)

    def _hear(self, fd: int, inject: Callable[[Fault | Outside], None]) -> None:
        client, buffer = self._clients[fd]
        try:
            data = client.recv(LINE_MAX)
            buffer += data
            while b"\n" in buffer:
                line, _, rest = bytes(buffer).partition(b"\n")
                buffer[:] = rest
                client.sendall(_answer(line, inject).encode() + b"\n")
        except OSError:
            data = b""
        if not data or len(buffer) > LINE_MAX:
            client.close()
            del self._clients[fd]

    def close(self) -> None:
        """Hang up on everyone and remove the socket."""
        for client, _ in self._clients.values():
            client.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)


def _remove_dead(path: Path) -> None:
    """Remove a socket that nobody listens on any more."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()


def _answer(line: bytes, inject: Callable[[Fault | Outside], None]) -> str:
    try:
        inject(parse_fault(line.decode("utf-8", "replace")))
    except ValueError as error:
        return str(error)
    return "ok"
