"""Lines that were typed, in their order: commands, and the answers to what a command asks."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

MOST_WAITING = 1000
"""Lines that wait; before there are fewer, no more are read."""


class Inbox:
    """What is put in comes out once: as an answer while somebody asks, else as the next command.

    `room` has a place for every line that may still be read. None is the end of input, and no line
    follows it.
    """

    def __init__(self) -> None:
        self.room = threading.Semaphore(MOST_WAITING)
        self._lines: deque[str] = deque()
        self._is_over = False
        self._came = asyncio.Event()
        self._answer: asyncio.Future[str | None] | None = None

    def put(self, line: str | None) -> None:
        """A line was typed, or input ended."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(line)
            if line is not None:
                self.room.release()
                return
        if line is None:
            self._is_over = True
        else:
            self._lines.append(line)
        self._came.set()

    def drop(self) -> int:
        """Forget all that waits, and leave an open question without an answer; how many it were."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)
        count = len(self._lines)
        for _ in range(count):
            self._take()
        return count

    async def next(self) -> str | None:
        """The next command; None at the end."""
        while not self._lines and not self._is_over:
            self._came.clear()
            await self._came.wait()
        return self._take() if self._lines else None

    async def answer(self) -> str | None:
        """The next line, before any that waits for a command; None where none comes."""
        if self._lines or self._is_over:
            return await self.next()
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        finally:
            self._answer = None

    def _take(self) -> str:
        self.room.release()
        return self._lines.popleft()
