"""A paused print of a real OctoPrint, beside which somebody moves the head and the filament."""

from __future__ import annotations

import re

import pytest

from gbterm.backends.octoprint import kept
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint
from tests.octoprint.seen import connected, until
from tests.octoprint.waiting import phase

DWELLS = "G4 P50\n" * 2000


async def paused(server: OctoPrint, backend: OctoPrintBackend, head: str) -> None:
    """A paused print that began with `head`."""
    server.put("print.gcode", head + DWELLS)
    await backend.start_selected()
    await until(lambda: backend.state.job and backend.state.job.byte > 100)
    await backend.pause()
    await phase(backend, Phase.PAUSED)


async def place(backend: OctoPrintBackend) -> float:
    """Where E is."""
    (reply,) = await backend.send_gcode("M114")
    found = re.search(r"E:(\S+)", " ".join(reply.lines))
    assert found
    return float(found[1])


# This board knows G91 alone as what a Marlin would be told by M83 as well.
@pytest.mark.parametrize(("head", "mode"), [("G91\n", "M83"), ("G90\n", "M82")])
async def test_a_paused_print_finds_e_as_it_left_it(
    server: OctoPrint, head: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This board feeds at any temperature.
    monkeypatch.setattr(kept, "COLD", 0.0)
    async with connected(server) as (backend, cable):
        await paused(server, backend, f"{head}G1 E1.25 F300\n")
        assert await place(backend) == 1.25
        end = ("M400", mode, "G92 E1.25")
        await backend.extrude(3)
        await cable.until_sent("G91", "M83", "G1 E3 F300", "M82", "G90", "M114", *end)
        assert await place(backend) == 1.25
        if mode == "M83":
            # What this board doesn't know by M83.
            await backend.send_gcode("G91")
        await backend.move(x=1)
        await cable.until_sent("G91", "G0 X1 F6000", "G90", "M114", *end)
        await backend.cancel()
        await phase(backend, Phase.READY)


async def test_where_it_cannot_be_kept_nothing_moves(server: OctoPrint) -> None:
    # No test of this module heats.
    async with connected(server) as (backend, cable):
        await paused(server, backend, "")
        for refused in (backend.move(x=1), backend.home(), backend.extrude(1)):
            with pytest.raises(WrongState, match="Heat the nozzle first"):
                await refused
        assert not {"G91", "G28"} & set(cable.sent)
        await backend.cancel()
        await phase(backend, Phase.READY)
