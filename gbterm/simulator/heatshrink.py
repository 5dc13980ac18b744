"""What Marlin's binary transfer unpacks: heatshrink, as the decoder of its library reads it."""

from __future__ import annotations

WINDOW_BITS, LOOKAHEAD_BITS = 8, 4
"""HEATSHRINK_STATIC_WINDOW_BITS and HEATSHRINK_STATIC_LOOKAHEAD_BITS."""


class Decoder:
    """Unpacks a stream piece by piece."""

    def __init__(self) -> None:
        self._window = bytearray(1 << WINDOW_BITS)  # the last bytes, zeros before the first
        self._bits = self._count = 0

    def feed(self, data: bytes) -> bytes:
        """What the bits so far tell; those of a piece that has not ended are kept."""
        out = bytearray()
        for byte in data:
            self._bits, self._count = self._bits << 8 | byte, self._count + 8
            while piece := self._next():
                out += piece
                self._window = (self._window + piece)[-(1 << WINDOW_BITS) :]
        return bytes(out)

    def _next(self) -> bytes:
        if not self._count:
            return b""
        is_literal = self._bits >> (self._count - 1) & 1
        needed = 9 if is_literal else 1 + WINDOW_BITS + LOOKAHEAD_BITS
        if self._count < needed:
            return b""
        self._count -= needed
        value = self._bits >> self._count
        self._bits &= (1 << self._count) - 1
        if is_literal:
            return bytes([value & 0xFF])
        back, length = (value >> LOOKAHEAD_BITS) + 1, (value & (1 << LOOKAHEAD_BITS) - 1) + 1
        copied = bytearray(self._window)
        for _ in range(length):
            copied.append(copied[-back])
        return bytes(copied[-length:])
