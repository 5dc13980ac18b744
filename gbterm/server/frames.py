"""Large WebSocket frames cut into fragments as they arrive, as RFC 6455, section 5.4, lets anybody.

A parser holds a frame in memory until its last byte. Of one that was cut it holds a piece, and
whoever reads the message, piece by piece, decides how much of it is held.
"""

from __future__ import annotations

import struct

PIECE = 1 << 16
"""Bytes of payload; a multiple of the mask's four, so that every piece has the frame's mask."""

_REQUEST_END = b"\r\n\r\n"
_FIN, _OPCODE, _CONTINUATION, _BINARY = 0x80, 0x0F, 0, 2
_MASKED, _LENGTH = 0x80, 0x7F
_FORMATS = {126: "!H", 127: "!Q"}


class Cutter:
    """Sees all that one client sends, from its HTTP request on."""

    def __init__(self) -> None:
        self._request = bytearray()
        """The last bytes of the request; all of its end once it is over."""
        self._header = bytearray()
        self._left, self._rest = 0, 0
        """Payload to come: of the frame or piece under way, and of its frame after that."""
        self._fin, self._mask = 0, b""

    @property
    def left(self) -> int:
        """Bytes that the frame under way is known to have yet."""
        return self._left + self._rest

    def cut(self, data: bytes, most: int | None) -> bytes:
        """`data` with its large frames cut; one beyond `most` bytes stays whole, to be refused."""
        if len(data) < self._left:
            self._left -= len(data)
            return data
        at = self._pass_request(data)
        out, view = bytearray(data[:at]), memoryview(data)
        while at < len(data):
            if not self._left and self._rest:
                self._begin_piece(_CONTINUATION, out)
            if self._left:
                size = min(self._left, len(data) - at)
                out += view[at : at + size]
                self._left -= size
            else:
                size = min(self._missing(), len(data) - at)
                self._header += view[at : at + size]
                if not self._missing():
                    self._begin_frame(most, out)
            at += size
        return bytes(out)

    def _pass_request(self, data: bytes) -> int:
        """How much of `data` belongs to the request."""
        if self._request == _REQUEST_END:
            return 0
        seen = self._request + data
        end = seen.find(_REQUEST_END)
        if end < 0:
            self._request = seen[-len(_REQUEST_END) + 1 :]
            return len(data)
        end += len(_REQUEST_END) - len(self._request)
        self._request = bytearray(_REQUEST_END)
        return end

    def _missing(self) -> int:
        """How many bytes the header lacks, as far as it says so itself."""
        if len(self._header) < 2:
            return 2 - len(self._header)
        second = self._header[1]
        length = _FORMATS.get(second & _LENGTH)
        size = 2 + (struct.calcsize(length) if length else 0) + (4 if second & _MASKED else 0)
        return size - len(self._header)

    def _begin_frame(self, most: int | None, out: bytearray) -> None:
        first, second = self._header[:2]
        length = second & _LENGTH
        if length in _FORMATS:
            (length,) = struct.unpack_from(_FORMATS[length], self._header, 2)
        if first & _OPCODE > _BINARY or length <= PIECE or (most is not None and length > most):
            out += self._header
            self._left = length
        else:
            self._fin, self._rest = first & _FIN, length
            self._mask = bytes(self._header[-4:]) if second & _MASKED else b""
            self._begin_piece(first & ~_FIN, out)
        self._header.clear()

    def _begin_piece(self, first: int, out: bytearray) -> None:
        self._left = min(PIECE, self._rest)
        self._rest -= self._left
        masked = _MASKED if self._mask else 0
        out += struct.pack(
            "!BBQ", first if self._rest else first | self._fin, masked | 127, self._left
        )
        out += self._mask
