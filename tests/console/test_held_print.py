"""A print whose printer's cable is out: what the console says of it, and what it lets one do."""

from __future__ import annotations

import pytest

from gbterm.events import WaitBegan
from gbterm.model import Phase
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend


@pytest.mark.parametrize("size", [(80, 24), (40, 24), (120, 40)])
async def test_it_says_since_when_and_what_it_waits_for(
    backend: MemoryBackend, size: tuple[int, int]
) -> None:
    async with opened(backend, size=size) as console:
        await printing(console)
        backend.unplug()
        for screen in ("f2", "f4"):
            await console.press(screen)
            await console.shows("Since 12:00:00 the printer is out of reach: box.gcode waits")
            await console.shows("Waiting for /dev/ttyUSB0 to come back, 12 s")
        await console.shows("c gives the print up")
        # Neither would help, and its host lives.
        assert "tries at once" not in console.words
        assert "If its host has ended" not in console.words


async def test_it_can_be_given_up_though_its_heaters_are_out_of_reach(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.unplug()
        await console.shows("Waiting for /dev/ttyUSB0")
        await console.press("c")
        await console.shows("heaters can't be reached now")
        await console.press("tab", "enter")
        await console.until(lambda: "cancel" in backend.calls)
        await console.shows("Its heaters may be on.")
        assert "gives the print up" not in console.words


async def test_it_goes_on_where_it_was(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.unplug()
        await console.shows("Waiting for /dev/ttyUSB0")
        backend.come_back(Phase.PAUSED)
        backend.report(WaitBegan(""))
        await console.shows("PAUSED")
        assert "Waiting for /dev/ttyUSB0" not in console.words
        await console.press("r")
        await console.until(lambda: backend.state.phase is Phase.EXECUTING)


@pytest.mark.parametrize("size", [(80, 24), (40, 24)])
async def test_a_printer_that_is_not_there_yet_is_said_to_be_waited_for(
    backend: MemoryBackend, size: tuple[int, int]
) -> None:
    async with opened(backend, size=size, starts="gbterm") as console:
        backend.lose("There is no port /dev/ttyUSB0: plug the printer in.")
        await console.shows("If its host has ended")
        backend.report(WaitBegan("/dev/ttyUSB0 to be there, 12 s"))
        await console.shows("Waiting for /dev/ttyUSB0 to be there, 12 s")
        assert "If its host has ended" not in console.words
