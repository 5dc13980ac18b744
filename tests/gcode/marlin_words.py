"""How Marlin 2.0.9 reads the words of a line: a letter, then whatever the C library's strtof takes.

It shares nothing with the packer: a scan for letters, and the C library for the numbers, which
knows hexadecimal ones (`0X10`), too. Like `value_float` it ends a number at an E.
"""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None)
_libc.strtof.restype = ctypes.c_float
_libc.strtof.argtypes = [ctypes.c_char_p, ctypes.c_void_p]


def words(line: bytes) -> tuple[bytes, list[tuple[bytes, float | None]]]:
    """The code, and its letters in order with their values; None where there is no number."""
    code, rest = line[:1], line[1:].lstrip(b" ")
    digits = rest[: len(rest) - len(rest.lstrip(b"0123456789"))]
    rest = rest[len(digits) :].lstrip(b" ")
    found = []
    while rest:
        letter, rest = rest[:1], rest[1:].lstrip(b" ")
        found.append((letter, _value(rest)))
        if not b"A" <= rest[:1] <= b"Z":
            rest = rest[len(rest) - len(rest.lstrip(b"0123456789+-.")) :].lstrip(b" ")
    return code + b"%d" % int(digits), found


def _value(text: bytes) -> float | None:
    unsigned = text[1:] if text[:1] in (b"-", b"+") else text
    if not (unsigned[:1].isdigit() or (unsigned[:1] == b"." and unsigned[1:2].isdigit())):
        return None
    number = text.partition(b" ")[0].partition(b"E")[0]
    return float(_libc.strtof(number, None))
