"""One OctoPrint for the tests of a module that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.octoprint.live import OctoPrint, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    with running(tmp_path_factory.mktemp("octoprint")) as server:
        yield server
