"""The library: list, details, upload, print, delete."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.backends.base import Capability
from gbterm.errors import LinkError, WrongState
from gbterm.model import Phase
from tests.console.conftest import opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


async def test_an_empty_library_says_how_to_fill_it(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("The library is empty. Press u to upload")
        assert "(Enter Print)" in console.text
        assert "(d Delete)" in console.text
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
        await console.shows("box.gcode 12.0 kB 2024-05-01 12:00")
        await console.shows("cone.gcode 22 B (22 bytes), uploaded 2024-05-02 12:00:00")
        await console.press("down")
        await console.shows("box.gcode 12.0 kB (12000 bytes)")
        await console.shows("material PLA, quality 0.2 mm, print time 1:02:03, filament 4.3 m")


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


async def test_upload_shows_progress_and_selects_the_file(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    path = tmp_path / "cone.gcode"
    path.write_bytes(b"G28\nG1 X1\n")
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        backend.gate = asyncio.Event()
        await console.press("u")
        await console.paste(str(path))
        await console.press("enter")
        await console.shows("Uploading cone.gcode ...")
        assert "(u Upload)" in console.text
        backend.gate.set()
        await console.says("cone.gcode is in the library")
        await console.shows("cone.gcode 10 B (10 bytes)")
        assert "Uploading" not in console.text
        assert backend.contents[2] == path.read_bytes()


async def test_progress_is_a_bar_with_percent(backend: MemoryBackend, tmp_path: Path) -> None:
    path = tmp_path / "cone.gcode"
    path.write_bytes(b"G28\n")
    finish = asyncio.Event()

    class Slow(MemoryBackend):
        async def upload(self, path: Path, progress: object = None) -> object:  # type: ignore[override]
            assert callable(progress)
            progress(3, 4)
            await finish.wait()
            return await super().upload(path)

    slow = Slow()
    async with opened(slow) as console:
        await console.press("f3", "u")
        await console.paste(str(path))
        await console.press("enter")
        await console.shows("75 %")
        await console.shows("Uploading cone.gcode █")
        await console.press("ctrl+q")
        await console.shows("Uploading cone.gcode would end unfinished.")
        await console.press("escape")
        finish.set()
        await console.says("cone.gcode is in the library")


async def test_upload_of_a_missing_file_is_a_sentence_and_can_be_mended(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    (tmp_path / "cone.gcode").write_bytes(b"G28\n")
    async with opened(backend) as console:
        await console.press("f3", "u")
        await console.paste(f"{tmp_path}/con.gcode")
        await console.press("enter")
        await console.shows("There is no file")
        assert console.top == "UploadScreen"
        await console.press(*["backspace"] * 6)
        await console.paste("e.gcode")
        await console.press("enter")
        await console.says("cone.gcode is in the library")


async def test_upload_of_nothing_or_a_folder_is_a_sentence(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    async with opened(backend) as console:
        await console.press("f3", "u", "enter")
        await console.shows("Type the path of a G-code file.")
        await console.paste(str(tmp_path))
        await console.press("enter")
        await console.shows("is a folder: go on with the name of a file in it.")
        await console.press("escape")
        assert console.top == "FilesScreen"
        assert "upload" not in backend.calls


async def test_tab_completes_a_path_from_home(
    backend: MemoryBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "prints").mkdir()
    (tmp_path / "prints" / "bunny.gcode").write_bytes(b"G28\n")
    (tmp_path / "prints" / "notes.txt").write_text("none of it")
    async with opened(backend) as console:
        await console.press("f3", "u")
        await console.paste("~/p")
        await console.shows("prints/")
        await console.press("tab")
        await console.shows("~/prints/ ")
        await console.shows("bunny.gcode")
        assert "notes.txt" not in console.text
        await console.press("tab")
        await console.shows("~/prints/bunny.gcode")
        await console.press("enter")
        await console.says("bunny.gcode is in the library")


async def test_a_file_that_is_no_gcode_is_a_sentence(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    path = tmp_path / "noise.gcode"
    path.write_bytes(b"\0\1\2")
    async with opened(backend) as console:
        await console.press("f3", "u")
        await console.paste(str(path))
        await console.press("enter")
        await console.says("noise.gcode is not G-code: it holds a NUL byte.")
        await console.shows("u Upload")
        assert "(u Upload)" not in console.text


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
    backend = MemoryBackend(EVERYTHING & ~Capability.FILES)
    async with opened(backend) as console:
        await console.press("f3", "u", "r")
        assert console.top == "FilesScreen"
        assert "(u Upload)" in console.text
        assert backend.calls == ["connect"]
        await console.shows("This connection has no library of files.")


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


async def test_leaving_during_an_upload_says_what_ends(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    path = tmp_path / "cone.gcode"
    path.write_bytes(b"G28\n")
    async with opened(backend) as console:
        await console.press("f3", "u")
        await console.paste(str(path))
        backend.gate = asyncio.Event()
        await console.press("enter")
        await console.shows("Uploading cone.gcode ...")
        await console.press("ctrl+q")
        await console.shows("Uploading cone.gcode would end unfinished.")
        await console.press("enter")
        await console.until(lambda: not console.app.is_running)
        assert console.app.return_value is None
