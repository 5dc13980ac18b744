"""From bytes to numbered lines: the rules of Marlin 2.0.9 queue.cpp."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

MAX_LENGTH = 95  # MAX_CMD_SIZE 96 less the terminator; the rest of the line is ignored
KEPT_RAW = 4096  # of an endless line

CHECKSUM_MISMATCH = "checksum mismatch"
NO_CHECKSUM = "No Checksum with line number"
WRONG_NUMBER = "Line Number is not Last Line Number+1"

_INTEGER = re.compile(rb"\s*([-+]?\d+)")
_SPECIAL = re.compile(rb'[;\\"\x08\x00]')


def _integer(text: bytes) -> int:
    """As C's strtol: leading blanks skipped, 0 where no digit follows."""
    found = _INTEGER.match(text)
    return int(found[1]) if found else 0


def clean(raw: bytes, *, quoting: bool = True) -> bytes:
    """A raw line without comment, backspaces and what is past the command buffer."""
    if not _SPECIAL.search(raw):
        return raw[:MAX_LENGTH]
    kept = bytearray()
    quoted = escaped = False
    for char in raw:
        if escaped:
            escaped = False
        elif char == 0x5C:
            escaped = True
            if not quoted:
                continue
        elif quoting and char == 0x22:
            quoted = not quoted
        elif char == 0x3B and not quoted:
            break
        if char == 8:
            del kept[-1:]
            continue
        kept.append(char)
        if len(kept) >= MAX_LENGTH:
            break
    # The line ends up in a C string.
    return bytes(kept).split(b"\0", 1)[0] if 0 in kept else bytes(kept)


def number_of(command: bytes) -> int | None:
    """The number that a line claims; None for a line without one (leading blanks removed)."""
    if command[:1] != b"N":
        return None
    # "M110" anywhere makes it a renumbering, and a second N then holds the number.
    second = command.find(b"N", 4) if b"M110" in command else -1
    return _integer(command[max(second, 0) + 1 :])


def ends_file(command: bytes) -> bool:
    """Whether queue.cpp takes a line for M29 while it writes a file: it looks for that anywhere."""
    return re.search(rb"M29(?!\d)", command) is not None


def fault_in(command: bytes, number: int, last: int) -> str | None:
    """Why a numbered line must be sent again, None if it is good."""
    if number != last + 1 and b"M110" not in command:
        return WRONG_NUMBER
    star = command.rfind(b"*")
    if star < 0:
        return NO_CHECKSUM
    if _integer(command[star + 1 :]) != reduce(xor, command[:star], 0):
        return CHECKSUM_MISMATCH
    return None
