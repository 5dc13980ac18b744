"""The share of the loop that a peer may take, however much it says."""

from __future__ import annotations

import asyncio
import time

MOST_S = 0.03
"""So long may be worked on end; what took longer is followed by as long a rest."""
LONGEST_S = 0.3


class Share:
    """For a `with` around what is done with each message, and `rest` after it."""

    def __init__(self) -> None:
        self._busy_s, self._began, self._ended = 0.0, 0.0, time.perf_counter()

    def __enter__(self) -> None:
        self._began = time.perf_counter()
        self._busy_s = max(0.0, self._busy_s - (self._began - self._ended))

    def __exit__(self, *_: object) -> None:
        self._ended = time.perf_counter()
        self._busy_s += self._ended - self._began

    async def rest(self) -> None:
        """Let others work, where too much was done without a pause."""
        if self._busy_s > MOST_S:
            await asyncio.sleep(min(self._busy_s, LONGEST_S))
