"""How many calls a client may make: a bucket of tokens that fills with time."""

from __future__ import annotations

from collections.abc import Callable

BURST_S = 2.0
"""So many seconds' worth of calls may come at once."""


class Pace:
    """`rate` calls a second, and a burst now and then; who wants more has to wait."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate, self._clock = rate, clock
        self._most = max(1.0, rate * BURST_S)
        self._tokens, self._at = self._most, clock()

    def take(self, calls: int) -> float:
        """Count `calls`; the seconds until they may be made."""
        now = self._clock()
        earned = (now - self._at) * self._rate
        self._tokens = min(self._most, self._tokens + earned) - calls
        self._at = now
        return max(0.0, -self._tokens / self._rate)
