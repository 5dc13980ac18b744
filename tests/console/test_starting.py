"""Starting the print of a file of the library."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key

from gbterm.backends.capability import Capability
from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.console.conftest import opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


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
        await console.shows("Checking box.gcode ...")
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


async def test_a_file_that_is_refused_says_why_and_can_not_be_printed(
    backend: MemoryBackend,
) -> None:
    backend.add_file("bad.gcode", b"G28\nM112\nM500\n")
    async with opened(backend) as console:
        await console.press("f3", "enter")
        await console.shows("bad.gcode can't be printed here:")
        await console.shows("refuse: line 2, M112 which a file may not send.")
        await console.shows("ask: line 3, M500 which overwrites stored settings.")
        await console.press("right", "enter")
        await console.until(lambda: console.top == "FilesScreen")
        assert "print_file" not in backend.calls


async def test_a_file_that_needs_agreement_asks_first(backend: MemoryBackend) -> None:
    backend.add_file("tune.gcode", b"G28\nM500\n")
    async with opened(backend) as console:
        await console.press("f3", "enter")
        await console.shows("ask: line 2, M500 which overwrites stored settings.")
        await console.press("enter")
        assert "print_file" not in backend.calls
        await console.until(lambda: console.top == "FilesScreen")
        await console.press("enter")
        await console.shows("Print tune.gcode all the same?")
        await console.press("right", "enter")
        await console.until(lambda: console.top == "JobScreen")
        assert backend.state.phase is Phase.EXECUTING


async def test_a_server_that_does_not_look_before_asks_as_it_does() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.CHECK)
    backend.add_file("bad.gcode", b"G28\nM112\n")
    backend.add_file("tune.gcode", b"G28\nM500\n")
    async with opened(backend) as console:
        await console.press("f3", "k", "enter")
        await console.shows("Line 2 is M500, which overwrites stored settings.")
        await console.press("enter", "down", "enter")
        await console.says("bad.gcode line 2 is M112, which a file may not send.")


async def test_a_file_is_checked_without_being_printed(backend: MemoryBackend) -> None:
    backend.add_file("tune.gcode", b"G28\nM500\n")
    async with opened(backend) as console:
        await printing(console)
        await console.press("f3", "k")
        await console.shows("Nothing was found.")
        await console.press("escape", "down", "k")
        await console.shows("M500 which overwrites stored settings.")
        await console.press("right", "enter")
        await console.until(lambda: console.top == "FilesScreen")
        assert backend.calls.count("print_file") == 1


async def test_a_long_report_scrolls_on_a_small_terminal(backend: MemoryBackend) -> None:
    backend.add_file("tune.gcode", b"G28\n" + b"M500\n" * 100)
    async with opened(backend, size=(80, 24)) as console:
        await console.press("f3", "enter")
        await console.shows("PgUp and PgDn: more")
        await console.shows("[ Print it all the same ]")
        for _ in range(10):
            await console.press("pagedown")
        await console.shows("ask: line 101, M500")


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


@pytest.mark.parametrize(
    ("keys", "printed"),
    [(("down", "p"), "box"), (("down", "enter"), "box"), (("enter", "down"), "cone")],
)
async def test_keys_that_come_at_once_print_what_the_cursor_was_on(
    backend: MemoryBackend, keys: tuple[str, ...], printed: str
) -> None:
    backend.add_file("box.gcode")
    backend.add_file("cone.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("cone.gcode 22 B (22 bytes)")
        for key in keys:
            console.app.post_message(Key(key, None))
        await console.until(lambda: backend.state.job is not None)
        assert backend.state.job is not None
        assert backend.state.job.name == f"{printed}.gcode"
