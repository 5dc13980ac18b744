"""The folders of a real OctoPrint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.errors import NeedsConfirmation, UsageError, WrongState
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint
from tests.octoprint.reaching import reached, until

LONG = b"G28\n" + b"G4 P200\n" * 2000


@pytest.fixture
async def mill(server: OctoPrint, tmp_path: Path) -> AsyncIterator[OctoPrintBackend]:
    (tmp_path / "a.gcode").write_bytes(LONG)
    async with reached(server) as backend:
        yield backend
        for folder in await backend.folders():
            if "/" not in folder:
                await backend.delete_folder(folder, confirmed=True)
        for file in await backend.files():
            await backend.delete_file(file.id)


async def test_folders_are_listed_with_all_that_lies_in_them(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    for path in ("parts", "parts/spare", "parts/spare/100 % #1", "empty"):
        await mill.make_folder(path)
    file = await mill.upload(tmp_path / "a.gcode", folder="parts/spare/100 % #1")
    assert file.folder == "parts/spare/100 % #1"
    # What isn't asked for with all below it says that the folder is empty.
    (parts,) = (f for f in server.get("/api/files")["files"] if f["name"] == "parts")
    assert parts["children"] == []
    assert await mill.folders() == ["empty", "parts", "parts/spare", "parts/spare/100 % #1"]
    assert await mill.files() == [file]


async def test_a_folder_is_made_once_and_under_a_name(mill: OctoPrintBackend) -> None:
    await mill.make_folder("parts")
    with pytest.raises(UsageError, match="already"):
        await mill.make_folder("parts")
    for wrong in ("", " ", "/", "..", "none/deep", "parts/", "parts/..", "parts/\x1b[2J"):
        with pytest.raises(UsageError):
            await mill.make_folder(wrong)
    with pytest.raises(WrongState):
        await mill.make_folder("like.gcode")
    assert await mill.folders() == ["parts"]


async def test_files_and_folders_go_elsewhere_and_replace_nothing(
    mill: OctoPrintBackend, tmp_path: Path
) -> None:
    for path in ("one", "two"):
        await mill.make_folder(path)
    file = await mill.upload(tmp_path / "a.gcode")
    copy = await mill.copy_file(file.id, "one")
    moved = await mill.move_file(file.id, "two")
    assert [(one.folder, one.name) for one in (copy, moved)] == [
        *(("one", "a.gcode"), ("two", "a.gcode"))
    ]
    with pytest.raises(UsageError, match="already"):
        await mill.move_file(moved.id, "one")
    with pytest.raises(UsageError, match="already"):
        await mill.rename_file((await mill.copy_file(copy.id, "", "b.gcode")).id, "one")
    for wrong in ("none", "one/none"):
        with pytest.raises(UsageError, match="no folder"):
            await mill.move_file(moved.id, wrong)
    await mill.move_folder("two", "one/three")
    assert await mill.folders() == ["one", "one/three"]
    for path, to in (("one", "one/four"), ("one", "one"), ("one/three", "one"), ("none", "x")):
        with pytest.raises(UsageError):
            await mill.move_folder(path, to)
    names = sorted((f.folder, f.name) for f in await mill.files())
    assert names == [("", "b.gcode"), ("one", "a.gcode"), ("one/three", "a.gcode")]


async def test_a_folder_is_deleted_only_after_its_content_was_named(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    for path in ("parts", "parts/deep", "parts-too"):
        await mill.make_folder(path)
    await mill.upload(tmp_path / "a.gcode", folder="parts")
    await mill.upload(tmp_path / "a.gcode", folder="parts-too")
    # Also what came behind gbterm's back.
    (server.base / "uploads" / "parts" / "deep" / "b.gcode").write_bytes(LONG)
    with pytest.raises(NeedsConfirmation, match=r"2 files and 1 folder \(a.gcode, deep/b.gcode"):
        await mill.delete_folder("parts")
    assert len(await mill.files()) == 3
    await mill.make_folder("parts/bare")
    with pytest.raises(NeedsConfirmation, match="empty"):
        await mill.delete_folder("parts/bare")
    await mill.delete_folder("parts", confirmed=True)
    assert await mill.folders() == ["parts-too"]
    assert [file.folder for file in await mill.files()] == ["parts-too"]
    for wrong in ("", "parts", ".."):
        with pytest.raises(UsageError):
            await mill.delete_folder(wrong, confirmed=True)


async def test_a_folder_that_is_printed_from_stays(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    await mill.make_folder("parts")
    file = await mill.upload(tmp_path / "a.gcode", folder="parts")
    await mill.print_file(file.id)
    await until(lambda: mill.state.phase is Phase.EXECUTING)
    try:
        for refused in (
            mill.delete_folder("parts", confirmed=True),
            mill.move_folder("parts", "elsewhere"),
        ):
            with pytest.raises(WrongState, match="in use"):
                await refused
        assert await mill.files() == [file]
    finally:
        server.rest()
