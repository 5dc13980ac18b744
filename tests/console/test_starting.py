"""Starting the print of a file of the library."""

from __future__ import annotations

import asyncio

import pytest

from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend


@pytest.mark.parametrize("key", ["enter", "p"])
async def test_a_file_is_printed_and_the_job_shown(backend: MemoryBackend, key: str) -> None:
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3", key)
        await console.until(lambda: console.top == "JobScreen")
        await console.shows("Print box.gcode")
        assert backend.state.phase is Phase.EXECUTING


async def test_a_start_that_takes_its_time_is_said_and_not_repeated(
    backend: MemoryBackend,
) -> None:
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        backend.gate = asyncio.Event()
        await console.press("enter")
        await console.shows("Starting box.gcode ...")
        await console.press("enter", "p")
        backend.gate.set()
        await console.until(lambda: console.top == "JobScreen")
        assert backend.calls.count("print_file") == 1


async def test_printing_is_greyed_while_printing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f3")
        await console.shows("(Enter Print)")
        await console.press("enter")
        assert backend.calls.count("print_file") == 1
        assert console.top == "FilesScreen"


async def test_a_refused_file_is_a_sentence(backend: MemoryBackend) -> None:
    backend.add_file("bad.gcode", b"G28\nM112\n")
    async with opened(backend) as console:
        await console.press("f3", "enter")
        await console.says("bad.gcode line 2 is M112, which a file may not send.")
        assert console.top == "FilesScreen"


async def test_a_file_that_needs_agreement_asks_first(backend: MemoryBackend) -> None:
    backend.add_file("tune.gcode", b"G28\nM500\n")
    async with opened(backend) as console:
        await console.press("f3", "enter")
        await console.shows("Line 2 is M500, which overwrites stored settings.")
        await console.press("enter")
        assert backend.state.job is None
        await console.until(lambda: console.top == "FilesScreen")
        await console.press("enter")
        await console.shows("Line 2 is M500, which overwrites stored settings.")
        await console.press("right", "enter")
        await console.until(lambda: console.top == "JobScreen")
        assert backend.state.phase is Phase.EXECUTING


async def test_a_start_that_the_printer_refuses_is_a_sentence(backend: MemoryBackend) -> None:
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        backend.refuse = WrongState("Somebody else began a print.")
        await console.press("enter")
        await console.says("Somebody else began a print.")
        await console.press("enter")
        await console.until(lambda: console.top == "JobScreen")


async def test_a_click_selects_and_does_not_print(backend: MemoryBackend) -> None:
    backend.add_file("box.gcode")
    backend.add_file("cone.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("cone.gcode 22 B (22 bytes)")
        await console.pilot.click("FileTable", offset=(3, 2))
        await console.pilot.click("FileTable", offset=(3, 2))
        await console.shows("box.gcode 22 B (22 bytes)")
        assert "print_file" not in backend.calls
