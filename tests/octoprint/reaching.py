"""A backend that is connected to a real OctoPrint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from tests.octoprint.live import OctoPrint


@asynccontextmanager
async def reached(server: OctoPrint, key: str = "") -> AsyncIterator[OctoPrintBackend]:
    """Connected with `key`, or that of the user who may do everything."""
    backend = OctoPrintBackend(server.url, "mill", Credentials(key or server.key))
    await backend.connect()
    try:
        yield backend
    finally:
        await backend.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
