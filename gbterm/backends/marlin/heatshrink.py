"""Heatshrink, the compression that Marlin's binary transfer unpacks.

LZSS for small boards, bit by bit with the highest bit first: `1` and the 8 bits of a byte, or `0`,
how far back a copy begins, less one, in `window_bits`, and how long it is, less one, in
`lookahead_bits`. The end is filled with zeros. From the description of the format in heatshrink's
README and decoder (ISC); the bits that the board has are in its answer to QUERY.
"""

from __future__ import annotations


class Encoder:
    """Packs a stream piece by piece; keeps no more of it than its window and its lookahead."""

    def __init__(self, window_bits: int, lookahead_bits: int) -> None:
        self._window_bits, self._lookahead_bits = window_bits, lookahead_bits
        self._window, self._longest = 1 << window_bits, 1 << lookahead_bits
        # What a copy costs, in whole bytes that it must be longer than.
        self._shortest = (1 + window_bits + lookahead_bits) // 9 + 1
        self._data = b""
        self._at = 0
        self._bits = self._filled = 0

    def feed(self, piece: bytes) -> bytes:
        """What can be said of the stream so far."""
        return self._pack(piece, keep=self._longest)

    def finish(self) -> bytes:
        """The rest, up to a whole byte."""
        packed = self._pack(b"", keep=0)
        if self._filled:
            packed += bytes([self._bits << (8 - self._filled) & 0xFF])
        return packed

    def _pack(self, piece: bytes, keep: int) -> bytes:
        begin = max(0, self._at - self._window)
        self._data, self._at = self._data[begin:] + piece, self._at - begin
        data, packed = self._data, bytearray()
        while self._at < len(data) - keep:
            back, length = self._copy(data, self._at)
            if length:
                index = back - 1 << self._lookahead_bits | length - 1
                self._put(index, 1 + self._window_bits + self._lookahead_bits, packed)
                self._at += length
            else:
                self._put(0x100 | data[self._at], 9, packed)
                self._at += 1
        return bytes(packed)

    def _copy(self, data: bytes, at: int) -> tuple[int, int]:
        """How far back the longest copy of what comes begins, and its length; 0 for none."""
        begin, most = max(0, at - self._window), min(self._longest, len(data) - at)
        found, length = -1, self._shortest
        while length <= most:
            place = data.rfind(data[at : at + length], begin, at + length - 1)
            if place < 0:
                break
            found = place
            while length < most and data[found + length] == data[at + length]:
                length += 1
            length += 1
        return (at - found, length - 1) if found >= 0 else (0, 0)

    def _put(self, value: int, bits: int, packed: bytearray) -> None:
        self._bits, self._filled = self._bits << bits | value, self._filled + bits
        while self._filled >= 8:
            self._filled -= 8
            packed.append(self._bits >> self._filled)
            self._bits &= (1 << self._filled) - 1
