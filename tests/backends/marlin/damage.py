"""Moves that reach the board as others though their checksums fit, which only an audit finds."""

from __future__ import annotations

import re

from gbterm.backends.marlin.packet import numbered

LINE = re.compile(rb"N(\d+) ?(G1[^*]*)\*\d+\n")


class PushesMore:
    """Tampers with a `VirtualHouse`: of the moves that extrude 0.1 mm, the 50th extrudes 0.7."""

    def __init__(self) -> None:
        self._seen = 0

    def __call__(self, towards: str, data: bytes) -> bytes:
        match = LINE.search(data)
        if towards == "board" and match and b"E.1F" in match[2]:
            self._seen += 1
            if self._seen == 50:
                wrong = numbered(int(match[1]), match[2].replace(b"E.1F", b"E.7F"))
                return data.replace(match[0], wrong)
        return data
