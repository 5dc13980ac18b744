"""Putting a file from this computer's disk into the library."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.console.conftest import opened
from tests.memory_backend import MemoryBackend


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
        async def upload(self, path: Path, progress: object = None, folder: str = "") -> object:  # type: ignore[override]
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
        assert "Uploading cone.gcode █" in console.text
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
        assert console.top == "PathScreen"
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


async def test_where_there_is_nothing_to_complete_that_is_said(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("none of it")
    async with opened(backend) as console:
        await console.press("f3", "u")
        await console.paste(f"{tmp_path}/")
        await console.shows("No folder and no .gcode file there begins like this.")
        await console.paste("cone.gco")
        await console.press("tab")
        await console.shows("No folder and no .gcode file there begins like this.")
        (tmp_path / "cone.gcode").touch()
        await console.press("tab")
        await console.shows("cone.gcode")
        assert "No folder" not in console.text


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
