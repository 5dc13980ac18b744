"""A command as it goes on the wire."""

from __future__ import annotations

from functools import reduce
from operator import xor


def numbered(number: int, text: bytes) -> bytes:
    """`N<number> <text>*<checksum>` and a line end.

    The checksum is the XOR of every byte before the star (Marlin 2.0.9 queue.cpp, and
    `N1 M105*38` in the recordings).
    """
    body = b"N%d %b" % (number, text)
    return b"%b*%d\n" % (body, reduce(xor, body))
