"""What moves a file to or from the server has no limit but that it goes on moving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gbterm.errors import LinkError

PIECE = 1 << 17
"""Bytes that are held at once."""
STALL_S = 30.0
"""Without a byte for so long it is given up."""


@asynccontextmanager
async def moving(who: str) -> AsyncIterator[Callable[[float], None]]:
    """A time in which each step has to call what this yields, with the seconds for the next one.

    Raises `LinkError` where one takes longer.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(STALL_S) as limit:
            yield lambda seconds: limit.reschedule(loop.time() + seconds)
    except TimeoutError as error:
        raise LinkError(f"{who} has stopped: nothing of the file moves any more.") from error
