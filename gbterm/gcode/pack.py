"""Moves as short as Marlin's parser allows: on a serial line the wire is the limit.

Only G0 to G3, and only where nothing but letters with plain numbers follows: spaces, signs and
zeros without a meaning go. Read with Marlin 2.0.9's rules (`parser.cpp`, `parser.h`): a letter ends
the number before it, and `.5` and `-.5` are numbers.
"""

from __future__ import annotations

import re

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)"
# M, N and G would begin another command.
_MOVE = re.compile(rb"G0*[0-3](?: *[A-FH-LO-Z] *%b)+ *" % _NUMBER)
_ZEROS_BEHIND = re.compile(rb"\.(?:0+(?!\d)|(?!\d)|(\d*[1-9])0+(?!\d))")
_ZEROS_AHEAD = re.compile(rb"(?<![\d.])0+(?=[\d.])")
# strtof would read the X as that of a hexadecimal number.
_HEXADECIMAL = re.compile(rb"([A-FH-Z]-?0)(?=X)")


def pack(command: bytes) -> bytes:
    """The same move in fewer bytes; whatever is no plain move comes back as it is."""
    if _MOVE.fullmatch(command) is None:
        return command
    packed = command.replace(b" ", b"").replace(b"+", b"")
    if b"." in packed:
        packed = _ZEROS_BEHIND.sub(_without_zeros, packed)
    packed = _ZEROS_AHEAD.sub(b"", packed)
    return _HEXADECIMAL.sub(rb"\1 ", packed)


def _without_zeros(fraction: re.Match[bytes]) -> bytes:
    if digits := fraction[1]:
        return b"." + digits
    return b"" if fraction.string[fraction.start() - 1 : fraction.start()].isdigit() else b"0"
