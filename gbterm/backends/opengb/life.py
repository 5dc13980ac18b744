"""Whether a server that keeps its connection still lives.

A pong can't overtake a large answer that is on its way, so each byte that comes is a sign of life.
Nor can a ping overtake an upload, so time is given for what was sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

MUTE_S = 8.0
"""Without a sign of life; so that a mute server is noticed within ten seconds."""
BUSY_S = 120.0
"""The same, for one that reads a whole file out of one message and does nothing else meanwhile."""
PING_EVERY_S = 2.5
LOOK_EVERY_S = 0.5
SLOWEST_BYTES_S = 8192
UPLOAD_S = 60.0
"""Given at most for what was sent, which is taken to travel no slower than that."""


class Life:
    """How long a peer has given no sign of life. To be looked at every `LOOK_EVERY_S`."""

    def __init__(self, now: float) -> None:
        self.patience_s = MUTE_S
        self._silent_s = self._pinged_at_s = 0.0
        self._looked_at = now
        self._heard = self._sent = 0

    @property
    def is_mute(self) -> bool:
        """Whether it is to be given up."""
        return self._silent_s >= self.patience_s

    def look(self, now: float, heard: int, sent: int, *, is_read: bool = True) -> bool:
        """Take note of all bytes heard and sent so far; whether a ping is due.

        Who isn't read can't be heard.
        """
        # This process may have been stopped, or busy: that is not the peer's silence.
        self._silent_s += min(now - self._looked_at, 2 * LOOK_EVERY_S)
        self._silent_s = max(self._silent_s - (sent - self._sent) / SLOWEST_BYTES_S, -UPLOAD_S)
        if heard > self._heard or not is_read:
            self._silent_s = self._pinged_at_s = 0.0
        self._looked_at, self._heard, self._sent = now, heard, sent
        if self._silent_s - self._pinged_at_s < PING_EVERY_S:
            return False
        self._pinged_at_s = self._silent_s
        return True


class LivingConnection(ClientConnection):
    """One that is cut once its peer is mute."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    look_every_s = LOOK_EVERY_S

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.life = Life(self.clock())
        self.sent = 0
        """Bytes of messages."""
        self._heard = 0

    def data_received(self, data: bytes) -> None:
        """What the peer has sent."""
        self._heard += len(data)
        super().data_received(data)

    async def keepalive(self) -> None:
        """Run by the connection while it lives."""
        pinging: asyncio.Task[None] | None = None
        while not self.life.is_mute:
            await asyncio.sleep(self.look_every_s)
            is_read = self.transport.is_reading()
            is_due = self.life.look(self.clock(), self._heard, self.sent, is_read=is_read)
            # A ping waits while nothing can be written; one that waits is enough.
            if is_due and (pinging is None or pinging.done()):
                pinging = asyncio.create_task(self._ping())
        self.transport.abort()

    async def _ping(self) -> None:
        try:
            await self.ping()
        except ConnectionClosed:
            return
