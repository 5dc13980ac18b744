"""An OctoPrint that is killed under the console: it is away, and comes back as it is then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import GbtermError
from gbterm.model import Phase
from tests.console.conftest import opened
from tests.octoprint.live import OctoPrint, running
from tests.octoprint.waiting import Heard, phase

LONG_DWELL = "G4 P30000\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    """After a print it takes its time to finish."""
    base = tmp_path_factory.mktemp("octoprint")
    script = base / "scripts" / "gcode" / "afterPrintDone"
    script.parent.mkdir(parents=True)
    script.write_text(LONG_DWELL)
    with running(base) as server:
        yield server


async def nothing(_: OctoPrintBackend) -> None:
    """It finishes by itself."""


Does = Callable[[OctoPrintBackend], Coroutine[Any, Any, None]]


@pytest.mark.parametrize(
    ("during", "rest", "does"),
    [
        (Phase.CANCELLING, LONG_DWELL * 9, OctoPrintBackend.cancel),
        (Phase.PAUSING, LONG_DWELL * 9, OctoPrintBackend.pause),
        (Phase.FINISHING, "", nothing),
    ],
    ids=["cancelling", "pausing", "finishing"],
)
async def test_a_server_that_is_killed_is_away_and_begins_anew(
    server: OctoPrint, during: Phase, rest: str, does: Does
) -> None:
    server.put("slow.gcode", "M140 S40\n" + rest)
    backend = OctoPrintBackend(server.url, "shop", Credentials(server.key))
    async with opened(backend) as console:
        await backend.start_selected()
        if rest:
            await phase(backend, Phase.EXECUTING)
        doing = asyncio.create_task(does(backend))
        await phase(backend, during)
        await console.shows(during.name)
        server.kill()
        await phase(backend, Phase.DISCONNECTED)
        await console.until(lambda: f"DISCONNECTED {backend.state.reason}" in console.words)
        assert backend.state.reason
        assert during.name not in console.words
        # Over before the server is back, so that nothing is asked of that a second time.
        with suppress(GbtermError):
            await doing
        await console.until(lambda: backend.retry)
        await console.press("ctrl+r")
        await console.says("out of reach: it is tried again")
        heard = Heard(backend)
        server.start()
        await console.shows("READY")
        assert set(heard.phases) <= {Phase.DISCONNECTED, Phase.CONNECTING, Phase.READY}
        assert backend.state.job is None
        assert "slow.gcode" not in console.words
        assert server.state() == "Operational"
    await backend.close()
