"""The files of a real OctoPrint."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gbterm.backends.capability import Capability
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.backends.octoprint.files import file_id
from gbterm.errors import (
    AuthenticationRefused,
    FileRefused,
    NoSuchFile,
    NotSupported,
    UsageError,
    WrongState,
)
from gbterm.model import Phase
from tests.octoprint.live import LOOKING_KEY, OctoPrint
from tests.octoprint.reaching import reached, until

SQUARE = b"G28\nG1 X10 Y10 Z0.2 F3000\nG1 X100 Y50 E20\nG1 X10 E30\n"
LONG = b"G28\n" + b"G4 P200\n" * 2000
NAMES = ("plain.gcode", 'with "quotes".gcode', "100 %41 #1 & more?.gcode", "déjà vu 立方体.gcode")


@pytest.fixture
async def mill(server: OctoPrint) -> AsyncIterator[OctoPrintBackend]:
    async with reached(server) as backend:
        yield backend
    server.rest()
    for there in (server.base / "uploads").iterdir():
        if there.is_dir():
            shutil.rmtree(there)
        else:
            there.unlink()


def local(folder: Path, name: str, content: bytes = SQUARE) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def stored(server: OctoPrint, path: str) -> bytes:
    return (server.base / "uploads" / path).read_bytes()


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_goes_there_and_comes_back_under_any_name(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path, name: str
) -> None:
    heard: list[tuple[int, int]] = []
    file = await mill.upload(local(tmp_path, name), lambda *done: heard.append(done))
    assert heard[-1] == (len(SQUARE), len(SQUARE))
    assert [listed.id for listed in await mill.files()] == [file.id]
    assert (await mill.file(file.id)).size == len(SQUARE)
    await mill.download_file(file.id, tmp_path / "back.gcode")
    assert (tmp_path / "back.gcode").read_bytes() == SQUARE
    copy = await mill.copy_file(file.id, "", f"copy of {name}")
    assert len(await mill.files()) == 2
    for one in (file, copy):
        await mill.delete_file(one.id)
    assert await mill.files() == []
    with pytest.raises(NoSuchFile):
        await mill.file(file.id)


async def test_what_the_server_read_of_a_file_comes_with_it(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    await mill.upload(local(tmp_path, "square.gcode"))
    assert len(await mill.files()) == 1
    server.until(lambda: "gcodeAnalysis" in server.get("/api/files")["files"][0], "read")
    (file,) = await mill.files()
    assert (file.print_filament_mm, file.print_extruders) == (30, "Nozzle 1")
    assert (file.details.low_mm, file.details.high_mm) == ((10, 10, 0), (100, 50, 0.2))
    assert file.uploaded > "2020-01-01 00:00:00"


async def test_a_list_that_did_not_change_is_not_sent_again(
    mill: OctoPrintBackend, tmp_path: Path
) -> None:
    statuses: list[int] = []

    async def ended(_: object, __: object, told: aiohttp.TraceRequestEndParams) -> None:
        if told.url.path == "/api/files" and told.method == "GET":
            statuses.append(told.response.status)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    mill._http.session()._trace_configs.append(trace)
    trace.freeze()
    for _ in range(3):
        assert await mill.files() == []
    assert statuses == [200, 304, 304]
    # However quickly something changes, it is seen.
    for number in range(10):
        await mill.upload(local(tmp_path, f"{number}.gcode"))
        assert len(await mill.files()) == number + 1


async def test_a_name_that_is_taken_loses_nothing(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    path = local(tmp_path, "box?.gcode")
    first = await mill.upload(path)
    path.write_bytes(LONG)
    second, third = await mill.upload(path), await mill.upload(path)
    assert [file.name for file in (first, second, third)] == [
        *("box?.gcode", "box?_1.gcode", "box?_2.gcode")
    ]
    assert stored(server, "box.gcode") == SQUARE
    assert stored(server, "box_1.gcode") == stored(server, "box_2.gcode") == LONG


async def test_a_file_that_the_server_keeps_although_it_failed_is_there(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    long = await mill.upload(local(tmp_path, "long.gcode", LONG))
    await mill.print_file(long.id)
    # During a print it analyses none, and fails inside where it is to queue one twice.
    for content in (SQUARE, SQUARE * 2, SQUARE * 3):
        file = await mill.upload(local(tmp_path, "again.gcode", content))
        assert (file.name, stored(server, "again.gcode")) == ("again.gcode", content)
        await mill.delete_file(file.id)


async def test_two_who_upload_one_name_at_once_lose_nothing(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    paths = [local(tmp_path, "a.gcode", b"G28\n" * 5), local(tmp_path / "there", "a.gcode", LONG)]
    files = await asyncio.gather(*map(mill.upload, paths))
    assert sorted(file.name for file in files) == ["a.gcode", "a_1.gcode"]
    assert sorted(len(stored(server, file.name)) for file in files) == [20, len(LONG)]


async def test_a_file_that_was_replaced_since_it_was_listed_is_neither_printed_nor_deleted(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    # Its number is that of its name.
    file = await mill.upload(local(tmp_path, "box.gcode"))
    await mill.files()
    server.put("box.gcode", LONG.decode())
    for refused in (mill.print_file, mill.select_file, mill.delete_file, mill.delete_file):
        with pytest.raises(WrongState, match=r"^box.gcode has changed since it was listed"):
            await refused(file.id)
        # Whatever is looked at inside meanwhile, nobody was told of.
        await mill.folders()
        await mill.file(file.id)
    assert stored(server, "box.gcode").rstrip() == LONG.rstrip()
    assert server.state() == "Operational"
    assert [listed.id for listed in await mill.files()] == [file.id]
    await mill.delete_file(file.id)
    # Who uploads one of that name knows what it is.
    again = await mill.upload(local(tmp_path, "box.gcode"))
    await mill.print_file(again.id)


async def test_what_is_no_gcode_is_refused_with_the_types_that_are(
    mill: OctoPrintBackend, tmp_path: Path
) -> None:
    for name in ("notes.txt", "model.stl", "none"):
        with pytest.raises(FileRefused, match=r"\.gcode, \.gco or \.g"):
            await mill.upload(local(tmp_path, name))
    with pytest.raises(FileRefused):
        await mill.upload(local(tmp_path, "..."))
    with pytest.raises(FileRefused, match="can't be read"):
        await mill.upload(tmp_path / "missing.gcode")
    assert await mill.files() == []


async def test_a_file_that_is_changed_while_it_is_uploaded_is_not_there(
    mill: OctoPrintBackend, tmp_path: Path
) -> None:
    path = local(tmp_path, "a.gcode", LONG * 100)

    def change(done: int, _: int) -> None:
        if done < len(LONG) * 50:
            path.write_bytes(LONG * 200)

    with pytest.raises(FileRefused, match="was changed"):
        await mill.upload(path, change)
    assert await mill.files() == []


async def test_a_print_begins_or_says_that_it_does_not(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    short = await mill.upload(local(tmp_path, "short.gcode", b"M117 hello\n"))
    await mill.print_file(short.id)
    server.until(lambda: server.state() == "Operational", "it is printed")
    long = await mill.upload(local(tmp_path, "long.gcode", LONG))
    await mill.print_file(long.id)
    await until(lambda: mill.state.phase is Phase.EXECUTING)
    assert mill.state.job is not None
    assert mill.state.job.file_id == long.id
    for refused in (mill.print_file(short.id), mill.select_file(short.id)):
        with pytest.raises(WrongState, match="it is printing"):
            await refused
    with pytest.raises(WrongState, match="in use"):
        await mill.delete_file(long.id)
    with pytest.raises(WrongState, match="in use"):
        await mill.rename_file(long.id, "other.gcode")
    # A new file of its name has another one.
    assert (await mill.upload(local(tmp_path, "long.gcode"))).name == "long_1.gcode"


async def test_an_upload_that_is_to_be_printed_while_busy_is_not_and_so_it_is_asked_for_apart(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    long = await mill.upload(local(tmp_path, "long.gcode", LONG))
    await mill.print_file(long.id)
    form = aiohttp.FormData({"print": "true"})
    form.add_field("file", SQUARE, filename="next.gcode")
    async with mill._http.request("POST", "/api/files/local", data=form) as answer:
        assert (answer.status, (await answer.json())["effectivePrint"]) == (201, False)
    # What nobody prints is no print: it says so where it is asked for.
    with pytest.raises(WrongState):
        await mill.print_file(file_id("local", "next.gcode"))


async def test_a_printer_that_is_offline_prints_nothing_and_says_so(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    file = await mill.upload(local(tmp_path, "a.gcode"))
    server.post("/api/connection", {"command": "disconnect"})
    try:
        with pytest.raises(WrongState):
            await mill.print_file(file.id)
    finally:
        server.post("/api/connection", {"command": "connect"})
        server.until(lambda: server.state() == "Operational", "it is connected")


async def test_what_is_selected_is_not_printed(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    file = await mill.upload(local(tmp_path, "a.gcode"))
    await mill.select_file(file.id)
    job = server.get("/api/job")
    assert (job["job"]["file"]["path"], job["state"]) == ("a.gcode", "Operational")
    assert job["progress"]["completion"] is None


async def test_files_get_the_names_that_the_server_makes_of_them(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    file = await mill.upload(local(tmp_path, "a.gcode"))
    there = await mill.upload(local(tmp_path, "there.gcode", LONG))
    renamed = await mill.rename_file(file.id, 'my "new" file?.gcode')
    assert renamed.name == "my new file.gcode"
    assert [path.name for path in (server.base / "uploads").glob("my*")] == [renamed.name]
    for wrong in ("", " ", "../up.gcode", "sub/a.gcode", "a\\b.gcode", "\x1b[2J.gcode", "..."):
        with pytest.raises(UsageError):
            await mill.rename_file(renamed.id, wrong)
    for taken in ("there.gcode", "th?ere.gcode"):
        with pytest.raises(UsageError, match="already"):
            await mill.rename_file(renamed.id, taken)
    with pytest.raises(FileRefused):
        await mill.rename_file(renamed.id, "a.txt")
    assert stored(server, "there.gcode") == LONG
    assert {one.id for one in await mill.files()} == {renamed.id, there.id}


async def test_no_path_leads_out_of_the_library(mill: OctoPrintBackend, tmp_path: Path) -> None:
    path = local(tmp_path, "a.gcode")
    for folder in ("..", "../..", "/etc", "none", "a/../.."):
        with pytest.raises(UsageError, match="no folder"):
            await mill.upload(path, folder=folder)
        with pytest.raises(UsageError):
            await mill.make_folder(f"{folder}/x")
    with pytest.raises(NoSuchFile):
        await mill.download_file(file_id("local", "../config.yaml"), tmp_path / "config")
    assert not (tmp_path / "config").exists()


async def test_files_of_the_card_are_told_and_left_where_they_are(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    # One whose name is short already the virtual printer forgets to list.
    on_card = server.base / "virtualSd" / "on the card.gcode"
    on_card.write_bytes(LONG)
    server.get("/api/files?force=true")
    (file,) = await mill.files()
    assert (file.folder, file.name, file.size) == ("SD:", "on_the~1.gco", len(LONG))
    for refused in (
        mill.download_file(file.id, tmp_path / "card.gco"),
        mill.move_file(file.id, ""),
        mill.upload(local(tmp_path, "a.gcode"), folder="SD:"),
        mill.make_folder("SD:/sub"),
    ):
        with pytest.raises(NotSupported, match="SD card"):
            await refused
    # The virtual printer is through with it at once.
    await mill.print_file(file.id)
    server.until(lambda: server.state() == "Operational", "it is printed")
    job = server.get("/api/job")
    assert (job["job"]["file"]["origin"], job["progress"]["completion"]) == ("sdcard", 100)
    await mill.delete_file(file.id)
    server.until(lambda: not server.get("/api/files/sdcard")["files"], "it is deleted")
    # The server only asks its printer to.
    server.until(lambda: not on_card.exists(), "it is deleted")
    server.until(lambda: not server.get("/api/files/sdcard")["files"], "it is not listed")
    assert await mill.files() == []


async def test_who_may_only_look_sees_what_is_possible(
    server: OctoPrint, mill: OctoPrintBackend, tmp_path: Path
) -> None:
    file = await mill.upload(local(tmp_path, "a.gcode"))
    changes = Capability.UPLOAD | Capability.DELETE | Capability.PRINT | Capability.RENAME
    assert changes in mill.capabilities
    async with reached(server, LOOKING_KEY) as looker:
        assert Capability.FILES in looker.capabilities
        assert not changes & looker.capabilities
        assert await looker.files() == [file]
        for refused in (
            looker.upload(tmp_path / "a.gcode"),
            looker.delete_file(file.id),
            looker.print_file(file.id),
            looker.make_folder("x"),
        ):
            with pytest.raises(AuthenticationRefused, match="the key lacks"):
                await refused
