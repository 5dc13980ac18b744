"""A client's connection, read in portions that keep nobody waiting."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import struct
import termios
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast

from gbterm.server.frames import PIECE, Cutter

SILENT = logging.getLogger("gbterm.server.handshakes")
"""What could not be read is never logged: it may hold a key."""
SILENT.setLevel(logging.CRITICAL)

PORTION = 2048
"""Bytes read at once where no larger frame is under way: all frames in them are parsed together,
and the smallest has six. Those that a client has to wait for are held, and no more is read."""


class Connection(ServerConnection, asyncio.BufferedProtocol):
    """One that hands the large frames of its client on in pieces."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._cutter, self._buffer = Cutter(), bytearray(PORTION)
        self.heard = 0
        """Bytes that the client has sent so far."""

    @property
    def unsent(self) -> int:
        """Bytes that the client's kernel has not taken yet."""
        return self.transport.get_write_buffer_size()

    @property
    def untaken(self) -> int:
        """Bytes that the client's machine has not taken yet; ours says so, as of a terminal."""
        kernels = 0
        if not self.transport.is_closing():
            fd = self.transport.get_extra_info("socket").fileno()
            (kernels,) = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))
        return self.unsent + int(kernels)

    def push(self, message: bytes) -> None:
        """Send a text at once, whether the client reads it or not; none if a message is amid."""
        broadcast((self,), message, text=True)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where the transport reads to: over TLS in slices, which must be no copies."""
        size = max(PORTION, min(self._cutter.left, PIECE))
        if len(self._buffer) != size:
            self._buffer = bytearray(size)
        return memoryview(self._buffer)

    def buffer_updated(self, nbytes: int) -> None:
        """What the transport has read."""
        self.receive(bytes(memoryview(self._buffer)[:nbytes]))

    def receive(self, data: bytes) -> None:
        """What the client has sent."""
        self.heard += len(data)
        self.data_received(self._cutter.cut(data, self.protocol.max_message_size))
