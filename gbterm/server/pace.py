"""How many calls a client may make: a bucket of tokens that fills with time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BURST_S = 2.0
"""So many seconds' worth of calls may come at once."""


class Pace:
    """`rate` calls a second, and a burst now and then; who wants more is read later."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._at = rate * BURST_S, clock()

    def take(self, calls: int = 1) -> float:
        """Count `calls`; the seconds until the next one may come."""
        now = self._clock()
        earned = (now - self._at) * self._rate
        self._tokens = min(self._rate * BURST_S, self._tokens + earned) - calls
        self._at = now
        return max(0.0, -self._tokens / self._rate)

    async def wait(self) -> None:
        """Count a call, and wait until it may come."""
        if delay := self.take():
            await asyncio.sleep(delay)
