"""Servers on TCP in front of a port: RFC 2217 as pyserial's own speaks it, and bare bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import serial
import serial.rfc2217

NO_SUCH_RATE = 123456


class Pty(serial.Serial):
    """A port without the lines of a modem and with one baud rate that it refuses."""

    cts = dsr = ri = cd = False
    dtr_told: ClassVar[list[bool]] = []
    """What DTR was set to, the oldest first."""

    def _update_dtr_state(self) -> None:
        self.dtr_told.append(self._dtr_state)  # type: ignore[attr-defined]

    def _update_rts_state(self) -> None: ...

    def _reconfigure_port(self, force_update: bool = False) -> None:
        if self.baudrate == NO_SUCH_RATE:
            raise ValueError("no such rate")
        super()._reconfigure_port(force_update)  # type: ignore[misc]


class Bare:
    """What `PortManager` does, without a protocol."""

    def __init__(self, *_: Any) -> None: ...

    def filter(self, data: bytes) -> list[bytes]:
        return [data]

    escape = filter


class Server:
    """Serves `port` to one client after the other."""

    def __init__(self, port: Path, kind: type[Any]) -> None:
        self._port, self._kind = port, kind
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._client: socket.socket | None = None
        self._sending = threading.Lock()
        self._ending = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def hang_up(self) -> None:
        """Break the client's connection."""
        if self._client is not None:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End."""
        self._ending = True
        self.hang_up()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(90)
        self._listening.close()

    def write(self, data: bytes) -> None:
        """To the client; what `PortManager` writes to, too."""
        with self._sending, suppress(OSError):
            assert self._client is not None
            self._client.sendall(data)

    def _run(self) -> None:
        while not self._ending:
            try:
                self._client, _ = self._listening.accept()
            except OSError:
                return
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._client, Pty(str(self._port), timeout=0.05) as device:
                self._serve(self._client, device)

    def _serve(self, client: socket.socket, device: Pty) -> None:
        manager = self._kind(device, self)
        gone = threading.Event()

        def carry() -> None:
            with suppress(OSError):  # the board is gone
                while not gone.is_set():
                    if data := device.read(max(1, device.in_waiting)):
                        self.write(b"".join(manager.escape(data)))

        carrying = threading.Thread(target=carry)
        carrying.start()
        try:
            while data := client.recv(1024):
                device.write(b"".join(manager.filter(data)))
        except OSError:
            pass
        finally:
            gone.set()
            carrying.join(90)


KINDS = {"rfc2217": serial.rfc2217.PortManager, "socket": Bare}


@contextmanager
def served(port: Path, scheme: str) -> Iterator[tuple[str, Server]]:
    """The address of `port` behind a server of this kind."""
    server = Server(port, KINDS[scheme])
    try:
        yield f"{scheme}://{server.address}", server
    finally:
        server.close()
