"""The folders of a library that has some: shown, made, moved, renamed, deleted."""

from __future__ import annotations

import pytest

from gbterm.backends.capability import Capability
from tests.console.conftest import opened
from tests.memory_backend import EVERYTHING, MemoryBackend


@pytest.fixture
def backend() -> MemoryBackend:
    """Two files, one of them in a folder, and an empty folder."""
    backend = MemoryBackend()
    backend.add_file("box.gcode")
    backend.add_file("gear.gcode", folder="gears")
    backend.folder_paths.add("tests/small")
    return backend


def folders(backend: MemoryBackend) -> set[str]:
    return {file.folder for file in backend.library.values()} | backend.folder_paths


async def test_an_empty_folder_is_listed_and_opened(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file tests/ 0 files")
        await console.press("home", "down", "enter")
        await console.shows("small/ 0 files")
        await console.press("enter")
        await console.shows("This folder is empty. Backspace goes back")
        await console.press("backspace", "backspace")
        await console.shows("tests/ A folder")


async def test_a_folder_is_made_in_the_one_that_is_shown_and_selected(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("home", "enter", "f")
        await console.shows("A new folder in gears")
        await console.press("enter")
        await console.shows("It needs a name.")
        await console.press(*"spur", "enter")
        await console.shows("gears/spur/ A folder")
        assert "gears/spur" in folders(backend)
        await console.press("f", *"spur", "enter")
        await console.says("There is a folder gears/spur already.")


async def test_a_folder_is_renamed_and_moved_with_what_is_in_it(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("home", "n", "home", "2", "enter")
        await console.shows("2gears/ A folder")
        await console.press("m")
        await console.shows("Move 2gears into which folder?")
        assert "2gears" not in console.words.partition("which folder?")[2].partition("Esc")[0]
        await console.press("2")
        await console.shows("tests/ 1 file")
        assert folders(backend) >= {"", "tests/2gears", "tests/small"}


async def test_a_file_is_moved_and_copied_where_one_chooses(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("end", "c", "2")
        await console.says("It is gears/box.gcode now.")
        await console.shows("gears/ 2 files")
        await console.press("m")
        await console.shows("1 the top of the library where it is")
        await console.press("enter")
        await console.press("m", "3")
        await console.says("It is tests/box.gcode now.")
        await console.press("escape")
        assert "move_file" in backend.calls
        assert backend.calls.count("move_file") == 1


async def test_a_folder_is_deleted_after_saying_what_is_in_it_also_during_a_print(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await backend.print_file(1)
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("home", "d")
        await console.shows("Delete the folder gears with 1 files in it?")
        await console.press("enter")
        assert "gears" in folders(backend)
        await console.press("d")
        await console.shows("Delete the folder gears")
        await console.press("right", "enter")
        await console.until(lambda: "gears" not in folders(backend))
        await console.shows("tests/ A folder")


async def test_without_folders_there_are_no_keys_for_them(backend: MemoryBackend) -> None:
    plain = MemoryBackend(EVERYTHING & ~(Capability.FOLDERS | Capability.SELECT | Capability.CARD))
    plain.add_file("gear.gcode", folder="gears")
    async with opened(plain) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("home", "d", "n", "m", "f", "c", "space")
        assert console.top == "FilesScreen"
        for text in ("f Folder", "m Move", "c Copy", "Space Select"):
            assert text not in console.words


async def test_all_keys_are_named_also_in_40_columns(backend: MemoryBackend) -> None:
    async with opened(backend, size=(40, 24)) as console:
        await console.press("f3", "end")
        await console.shows("box.gcode")
        for text in ("/ Find", "s Sort", "g Download", "n Rename", "d Delete", "r Refresh"):
            assert text in console.words
        for text in ("Space Select", "f Folder", "m Move", "c Copy"):
            assert text in console.words


async def test_the_help_says_what_the_printers_server_can_not_do(backend: MemoryBackend) -> None:
    async with opened(MemoryBackend(EVERYTHING & ~Capability.FOLDERS)) as console:
        await console.press("f3", "f1")
        await console.press(*["down"] * 4)
        await console.shows("into another folder (not here: this printer's server can't)")
        assert "from the library, after a question (not here" not in console.words


async def test_the_printers_own_card_is_only_looked_into(backend: MemoryBackend) -> None:
    backend.add_file("card.gcode", folder="SD:")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("SD:/ 1 file")
        await console.shows("3 files")
        await console.press("home")
        await console.shows("The printer's SD card: Enter opens it")
        await console.press("d", "n", "m")
        assert console.top == "FilesScreen"
        await console.press("enter")
        await console.shows("SD:/card.gcode")
        for text in ("n Rename", "f Folder", "m Move", "c Copy"):
            assert text not in console.words
        assert "d Delete" in console.words
        await console.press("backspace", "end", "m")
        await console.shows("Move box.gcode into which folder?")
        assert "SD:" not in console.words.partition("which folder?")[2].partition("Esc")[0]
