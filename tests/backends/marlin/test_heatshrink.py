"""What is packed for the board, unpacked by heatshrink's own library and by the virtual board."""

from __future__ import annotations

import random

import heatshrink2
import pytest

from gbterm.backends.marlin.binary_packets import Kind, packet, synced
from gbterm.backends.marlin.heatshrink import Encoder
from gbterm.simulator.heatshrink import Decoder

STREAMS = {
    "empty": b"",
    "one": b"G",
    "same": b"\n" * 5000,
    "noise": random.Random(7).randbytes(4000),
    "lines": b"".join(b"G1 X%d.5 Y%d E%d\n" % (i % 200, i * 7 % 200, i) for i in range(2000)),
}


def packed(data: bytes, bits: tuple[int, int], piece: int) -> bytes:
    encoder = Encoder(*bits)
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return b"".join(map(encoder.feed, pieces)) + encoder.finish()


@pytest.mark.parametrize("piece", [1, 7, 512, 100_000])
@pytest.mark.parametrize("bits", [(8, 4), (4, 3), (11, 4), (8, 7), (15, 8)])
@pytest.mark.parametrize("name", STREAMS)
def test_the_library_unpacks_it(name: str, bits: tuple[int, int], piece: int) -> None:
    data = STREAMS[name]
    found = packed(data, bits, piece)
    window, lookahead = bits
    unpacked = heatshrink2.decompress(found, window_sz2=window, lookahead_sz2=lookahead)
    assert unpacked == data
    assert not data or len(found) <= len(data) * 9 / 8 + 1


@pytest.mark.parametrize("name", STREAMS)
def test_the_virtual_board_unpacks_it_from_pieces(name: str) -> None:
    decoder, found = Decoder(), packed(STREAMS[name], (8, 4), 300)
    unpacked = b"".join(decoder.feed(found[at : at + 96]) for at in range(0, len(found), 96))
    assert unpacked == STREAMS[name]


def test_it_packs_as_well_as_the_library() -> None:
    data = STREAMS["lines"]
    library = heatshrink2.compress(data, window_sz2=8, lookahead_sz2=4)
    assert len(packed(data, (8, 4), 512)) <= len(library) < len(data) * 0.6


def test_packets_are_as_marlin_reads_them() -> None:
    """Counted by hand from binary_stream.h."""
    assert packet(0, Kind.SYNC) == bytes.fromhex("adb5 00 01 0000 0103")
    found = packet(5, Kind.WRITE, bytes.fromhex("0102"))
    assert found == bytes.fromhex("adb5 05 13 0200 1a51 0102 881a")
    assert synced("ss17,96,0.1.0") == (17, 96)
    assert synced("ssh://x") is None
