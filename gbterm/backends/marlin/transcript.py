"""The last lines to and from the board, as bytes: kept at next to no cost, read when asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from gbterm.console_lines import KEPT

LONGEST = 512
"""Bytes that are kept of a line; a board may say thousands without an end."""

Entry = tuple[float, bool, bytes]
"""When, whether it went out, and what, perhaps with its line end."""


class Transcript:
    """A ring of `KEPT` lines. Times are of any clock, in seconds."""

    def __init__(self) -> None:
        self.count = 0
        """Lines that there ever were."""
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def sent(self, packets: Iterable[bytes], now: float) -> None:
        """These packets go out, a line each."""
        for packet in packets:
            self._entries.append((now, True, packet))
            self.count += 1

    def heard(self, raw: bytes, now: float) -> None:
        """A line came in."""
        self._entries.append((now, False, raw[:LONGEST]))
        self.count += 1

    def last(self, most: int) -> list[Entry]:
        """The last `most` lines at most, oldest first."""
        return list(islice(reversed(self._entries), most))[::-1]
