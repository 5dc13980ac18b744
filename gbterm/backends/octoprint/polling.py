"""Waiting for what a server tells only to those who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

LOOK_S = 0.1


async def becomes(condition: Callable[[], Awaitable[bool]], within_s: float) -> bool:
    """Whether it becomes true in time; asked for ten times a second."""
    try:
        async with asyncio.timeout(within_s):
            while not await condition():  # noqa: ASYNC110 - nobody else tells
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        return False
    return True
