"""A transfer that goes on where a connection broke."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gbterm.errors import AuthenticationRefused, LinkError

T = TypeVar("T")
RETRY_S = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Pauses before one attempt after another that come no farther than those before."""


async def going_on(attempt: Callable[[], Awaitable[T]], reached: Callable[[], int]) -> T:
    """What `attempt` comes to, made again where it lost its connection.

    `reached` is how far they came, in bytes. Raises `LinkError` once it was in vain to try again.
    """
    failures = 0
    while True:
        before = reached()
        try:
            return await attempt()
        except AuthenticationRefused:
            raise
        except LinkError:
            failures = 0 if reached() > before else failures
            if failures == len(RETRY_S):
                raise
        await asyncio.sleep(RETRY_S[failures])
        failures += 1
