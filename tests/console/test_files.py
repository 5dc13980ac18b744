"""The library: its list, the details of a file, deleting one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gbterm.backends.capability import OF_LIBRARIES
from gbterm.errors import LinkError
from gbterm.files import GcodeFile
from tests.console.conftest import opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


async def test_an_empty_library_says_how_to_fill_it(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("The library is empty. Press u to upload")
        assert "(Enter Print)" in console.text
        assert "(v View)" in console.text
        await console.press("enter", "p", "d")
        assert console.top == "FilesScreen"


async def test_files_are_listed_with_details_of_the_selected_one(backend: MemoryBackend) -> None:
    backend.add_file("box.gcode", b"G1 X1\n" * 2000)
    backend.library[1] = replace(
        backend.library[1],
        print_material="PLA",
        print_quality="0.2 mm",
        print_time_sec=3723,
        print_filament_mm=4311,
        print_material_gm=13,
    )
    backend.add_file("cone.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("box.gcode 12.0 kB 1:02:03 2024-05-01 12:00")
        await console.shows("cone.gcode 22 B (22 bytes), uploaded 2024-05-02 12:00:00")
        await console.press("down")
        await console.shows("box.gcode 12.0 kB (12000 bytes)")
        await console.shows(
            "print time 1:02:03 by its slicer, material PLA, filament 4.3 m, weight 13 g"
        )


async def test_delete_asks_and_enter_keeps(backend: MemoryBackend) -> None:
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3", "d")
        await console.shows("Delete box.gcode from the library?")
        await console.press("enter")
        await console.press("d", "escape")
        assert 1 in backend.library
        await console.press("d", "right", "enter")
        await console.shows("The library is empty.")
        assert backend.library == {}


async def test_a_delete_that_fails_is_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f3")
        await console.shows("box.gcode")
        await console.press("d", "right", "enter")
        await console.says("box.gcode is being printed: cancel that first.")
        assert 1 in backend.library


async def test_refresh_shows_what_others_uploaded_and_keeps_the_selection(
    backend: MemoryBackend,
) -> None:
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("box.gcode 22 B (22 bytes)")
        backend.add_file("cone.gcode")
        await console.press("r")
        await console.shows("cone.gcode")
        await console.shows("box.gcode 22 B (22 bytes)")


async def test_the_list_is_read_again_when_the_server_returns(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        backend.lose()
        await console.shows("DISCONNECTED")
        backend.add_file("cone.gcode")
        backend.come_back()
        await console.shows("cone.gcode")


async def test_a_library_that_can_not_be_read_is_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.refuse = LinkError("The server does not answer.")
        await console.press("f3")
        await console.says("The server does not answer.")
        await console.shows("The list of files has not been read. Press r")
        assert "The library is empty" not in console.text
        await console.press("r")
        await console.shows("The library is empty.")


async def test_printing_without_a_library_is_greyed() -> None:
    backend = MemoryBackend(EVERYTHING & ~OF_LIBRARIES)
    async with opened(backend) as console:
        await console.press("f3", "u", "r")
        assert console.top == "FilesScreen"
        assert "(u Upload)" in console.text
        assert not {"files", "upload"} & set(backend.calls)
        await console.shows("This connection has no library of files.")


async def test_a_list_that_comes_late_does_not_hide_what_is_new() -> None:
    held: list[asyncio.Event] = []

    class Late(MemoryBackend):
        async def files(self) -> list[GcodeFile]:
            told = await super().files()
            if held:
                await held.pop().wait()
            return told

    backend = Late()
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("box.gcode 22 B")
        held.append(late := asyncio.Event())
        await console.press("r")
        backend.add_file("cone.gcode")
        await console.press("r")
        await console.shows("cone.gcode")
        late.set()
        await console.rest()
        assert "cone.gcode" in console.text
