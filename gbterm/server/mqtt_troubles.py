"""What goes wrong between a server and its broker: said once, until a connection has lasted."""

from __future__ import annotations

import logging
from collections.abc import Callable

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""After failures in a row, until the broker is tried again."""
HELD_S = 30.0
"""A connection that lasts so long ends the failures; one that is cut sooner is another of them."""
ANNOUNCED_AFTER = 3
"""Failures: a broker that is restarted is news to nobody."""
_CLOSED = "closed the connection"
_CUT = (
    "ends each connection soon after its beginning: where another machine has the same mqtt.machine"
    " as this one, or is a copy of it, give each its own"
)
_log = logging.getLogger(__name__)


class Troubles:
    """Those of one connection after the other."""

    def __init__(
        self, broker: str, told: str, announce: Callable[[str], None], now: Callable[[], float]
    ) -> None:
        """The `broker` begins a sentence. `told` is logged once all is well, and `announce` tells
        everybody that it is not."""
        self._broker, self._told, self._announce, self._now = broker, told, announce, now
        self._connected_at: float | None = None
        self._was_cut = False
        self._count = 0
        self._said: set[str] = set()

    def began(self) -> None:
        """The broker was told all."""
        self._connected_at = self._now()
        if not self._count:
            _log.info("%s", self._told)

    def look(self) -> None:
        """Are they over?"""
        if self._count and self._has_held:
            self._count = 0
            self._said.clear()
            _log.info("%s", self._told)

    def ended(self) -> float:
        """The broker ended the connection; how long to wait until the next, in seconds."""
        was_cut, is_cut = self._was_cut, not self._has_held
        pause_s = self.failed(f"{self._broker} {_CUT if was_cut and is_cut else _CLOSED}.")
        self._was_cut = is_cut
        return pause_s

    def failed(self, sentence: str) -> float:
        """There was no connection; how long to wait until the next, in seconds."""
        self.look()
        self._connected_at, self._was_cut = None, False
        self._count += 1
        if sentence not in self._said:
            self._said.add(sentence)
            _log.warning("%s", sentence)
        if self._count == ANNOUNCED_AFTER:
            self._announce(f"{sentence} Prints go on; only the server's log tells of it again.")
        return PAUSES_S[min(self._count, len(PAUSES_S)) - 1]

    @property
    def _has_held(self) -> bool:
        at = self._connected_at
        return at is not None and self._now() - at >= HELD_S
