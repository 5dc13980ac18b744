"""A real server, on real sockets, before a scripted printer process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server.running import Running


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running
