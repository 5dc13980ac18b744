"""Whether the server of a printer that is followed comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from gbterm.backends.base import Backend
from gbterm.cli.verbs.until import LOOK_EVERY_S, looks
from gbterm.cli.waitend import BACK_WITHIN_S
from gbterm.errors import LinkError
from gbterm.model import PrinterState


class Reach:
    """Looked at again and again; `now` is in seconds, by any clock that never goes back."""

    def __init__(self) -> None:
        self._lost_at: float | None = None

    def look(self, backend: Backend, now: float) -> None:
        """Raise `LinkError` once its server could not be reached for too long."""
        if backend.retry is None:
            self._lost_at = None
        elif self._lost_at is None:
            self._lost_at = now
        elif now > self._lost_at + BACK_WITHIN_S:
            why = backend.state.reason.rstrip(".") or "It does not answer"
            raise LinkError(f"{why}, and could not be reached for {BACK_WITHIN_S:g} s.")


async def reached(
    backend: Backend, came: asyncio.Event | None = None, every_s: float = LOOK_EVERY_S
) -> AsyncGenerator[PrinterState, None]:
    """As `looks`, while its server is there. Raises `LinkError` once it has stayed away."""
    reach = Reach()
    async with aclosing(looks(backend, came, every_s)) as seen:
        async for state in seen:
            reach.look(backend, time.monotonic())
            yield state
