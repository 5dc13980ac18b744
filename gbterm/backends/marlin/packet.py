"""A command as it goes on the wire."""

from __future__ import annotations

from functools import reduce
from operator import xor


def numbered(number: int, text: bytes, gap: bytes = b" ") -> bytes:
    """`N<number> <text>*<checksum>` and a line end; Marlin needs no `gap` (`GCodeParser::parse`).

    The checksum is the XOR of every byte before the star (Marlin 2.0.9 queue.cpp, and
    `N1 M105*38` in the recordings).
    """
    body = b"N%d%b%b" % (number, gap, text)
    return b"%b*%d\n" % (body, reduce(xor, body))
