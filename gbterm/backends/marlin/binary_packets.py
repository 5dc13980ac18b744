"""The packets of Marlin's binary mode, which `M28 B1` begins (binary_stream.h, 2.0.9 and 2.1).

    token 0xB5AD u16, sync u8, protocol and type u4 each, size u16, Fletcher u16, data, Fletcher u16

All little-endian. The first checksum is of the four bytes behind the token, the second of all from
there to the end of the data, the first one with it; without data there is no second one.
Answers are lines of text: `ss<sync>,<most bytes of data>,<version>`, `ok<sync>`, `rs<sync>` for the
packet that is wanted, `fe<sync>` where the board gave up and counts from 0 again, and of the file
transfer `PFT:version:…`, `PFT:success`, `fail`, `busy`, `ioerror` and `invalid` (also as `PTF:`).
"""

from __future__ import annotations

import re
import struct
from enum import Enum

SYNCS = 256
_TOKEN = 0xB5AD
_SYNCED = re.compile(r"ss(\d{1,3}),(\d{1,5}),", re.ASCII)
HEADER, FOOTER = 8, 2


class Kind(Enum):
    """Protocol and type of a packet."""

    SYNC, LEAVE = 0x01, 0x02
    """Of the stream: answered whatever its number is; text is understood again."""
    QUERY, OPEN, CLOSE, WRITE, ABORT = 0x10, 0x11, 0x12, 0x13, 0x14


def packet(sync: int, kind: Kind, data: bytes = b"") -> bytes:
    """As it goes on the wire."""
    head = struct.pack("<BBH", sync % SYNCS, kind.value, len(data))
    head += struct.pack("<H", fletcher(head))
    tail = struct.pack("<H", fletcher(head + data)) if data else b""
    return struct.pack("<H", _TOKEN) + head + data + tail


def fletcher(data: bytes) -> int:
    """Fletcher's checksum of 16 bits, modulo 255."""
    low = high = 0
    for byte in data:
        low = (low + byte) % 255
        high = (high + low) % 255
    return high << 8 | low


def opening(name: str, *, is_packed: bool, is_dummy: bool = False) -> bytes:
    """The data of OPEN; a dummy's file is thrown away."""
    return bytes([is_dummy, is_packed]) + name.encode("ascii") + b"\0"


def synced(line: str) -> tuple[int, int] | None:
    """The number of the next packet, and how many bytes of data it may have, from `ss…`."""
    match = _SYNCED.match(line)
    return (int(match[1]) % SYNCS, int(match[2])) if match else None


SYNC = b"\n;" + packet(0, Kind.SYNC) + b"\n"
"""Asks a board whether it is in binary mode; to one that isn't it is a comment."""


def way_back(sync: int) -> bytes:
    """Out of the mode, for a board whose host is gone.

    ABORT deletes whatever file was named last, also where none is open. With a dummy opened before,
    which is refused only while another file is, it deletes the one that was half written, or none.
    """
    dummy = opening("x", is_packed=False, is_dummy=True)
    return (
        packet(sync, Kind.OPEN, dummy) + packet(sync + 1, Kind.ABORT) + packet(sync + 2, Kind.LEAVE)
    )
