"""One OctoPrint for the tests of a module that leave it as they found it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from tests.octoprint.live import OctoPrint, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    with running(tmp_path_factory.mktemp("octoprint")) as server:
        yield server


@pytest.fixture
async def backend(server: OctoPrint) -> AsyncIterator[OctoPrintBackend]:
    backend = OctoPrintBackend(server.url, "shop", Credentials(server.key))
    await backend.connect()
    yield backend
    await backend.close()
