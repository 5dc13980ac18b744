"""A printer of their own for the tests of prints that go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.server.live import Live, built
from tests.server.running import Caller


@pytest.fixture
def live() -> Iterator[Live]:
    with built() as live:
        yield live


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        yield client
