"""Finding files, and what is done with them besides printing and uploading."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.color import ColorSystem

from gbterm.backends.capability import Capability
from gbterm.errors import LinkError
from gbterm.files import FileDetails, GcodeFile
from gbterm.pictures import Pictures
from gbterm.terminal import Glyphs
from gbterm.widgets.file_table import FileTable
from tests.console.conftest import Console, opened
from tests.memory_backend import EVERYTHING, MemoryBackend


@pytest.fixture
def backend() -> MemoryBackend:
    """Three files, the last one uploaded last."""
    backend = MemoryBackend()
    for name, size, time in (("box.gcode", 300, 60), ("Cone tall.gcode", 100, 7200)):
        file = backend.add_file(name, b"G1 X1\n" * size)
        backend.library[file.id] = replace(file, print_time_sec=time)
    backend.add_file("anchor.gcode")
    return backend


def listed(console: Console) -> list[str]:
    """The names in the table, from the top."""
    rows = console.text.splitlines()[3:]
    return [row.split(".gcode")[0].strip() for row in rows[:10] if ".gcode" in row]


def content(path: Path) -> bytes:
    return path.read_bytes()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


# Finding


async def test_the_list_narrows_as_one_types_and_esc_shows_all(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("3 files")
        await console.press("slash", "b")
        assert listed(console) == ["box"]
        await console.shows("1 of 3")
        await console.press("backspace", "o")
        assert listed(console) == ["anchor", "Cone tall", "box"]
        await console.press("n")
        assert listed(console) == ["Cone tall"]
        await console.press("enter", "escape")
        assert listed(console) == ["anchor", "Cone tall", "box"]
        await console.shows("Cone tall.gcode 600 B (600 bytes)")


async def test_what_was_found_can_be_used_with_all_keys(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3", "slash", "b", "o", "x", "enter", "p")
        await console.shows("EXECUTING")
        assert backend.state.job is not None
        assert backend.state.job.name == "box.gcode"
        await console.press("f3")
        assert listed(console) == ["box"]


async def test_letters_that_are_typed_do_nothing_else(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3", "slash", *"pudrsnvg")
        assert console.top == "FilesScreen"
        assert "print_file" not in backend.calls
        await console.shows("No file has that in its name. Esc shows all of them.")
        assert "(Enter Print)" in console.text
        await console.press("enter", "p", "d", "v", "g", "n")
        assert console.top == "FilesScreen"


async def test_s_sorts_by_one_after_another_and_says_so(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("Uploaded ▼")
        assert listed(console) == ["anchor", "Cone tall", "box"]
        for header, names in (
            ("Name ▲", ["anchor", "box", "Cone tall"]),
            ("Size ▼", ["box", "Cone tall", "anchor"]),
            ("Print time ▼", ["Cone tall", "box", "anchor"]),
            ("Uploaded ▼", ["anchor", "Cone tall", "box"]),
        ):
            await console.press("s")
            assert header in console.text
            assert listed(console) == names
            await console.shows("anchor.gcode 22 B (22 bytes)")


@pytest.mark.parametrize("order", ["newest", "largest", "longest"])
async def test_a_narrow_list_names_an_order_that_has_no_column(
    backend: MemoryBackend, order: str
) -> None:
    keys = {"newest": 0, "largest": 2, "longest": 3}[order]
    async with opened(backend, size=(40, 24)) as console:
        await console.press("f3", *["s"] * keys)
        await console.shows(f"Name, {order} first" if order != "largest" else "Size ▼")


async def test_a_library_of_thousands_is_gone_through(backend: MemoryBackend) -> None:
    for number in range(2000):
        backend.add_file(f"part {number:04}.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("2003 files")
        rows = console.app.screen.query_one(FileTable).size.height - 1
        await console.press("s", "home", "pagedown")
        await console.shows(f"part {rows - 1 - 3:04}.gcode 22 B (22 bytes)")
        await console.press("end")
        await console.shows("part 1999.gcode 22 B (22 bytes)")
        await console.press("down", "down", "up")
        await console.shows("part 1998.gcode 22 B (22 bytes)")
        await console.press("home", *["down"] * (rows + 3))
        await console.shows(f"part {rows:04}.gcode 22 B (22 bytes)")
        await console.press("slash", *"part", "space", "0", "1", "7", "7")
        assert listed(console) == ["part 0177"]


async def test_a_click_selects_a_row(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("3 files")
        await console.pilot.click(FileTable, offset=(5, 3))
        await console.shows("box.gcode 1.8 kB (1800 bytes)")
        await console.pilot.click(FileTable, offset=(5, 8))
        await console.pilot.click(FileTable, offset=(5, 0))
        await console.shows("box.gcode 1.8 kB (1800 bytes)")
        assert console.top == "FilesScreen"


# Folders


async def test_folders_open_and_are_left_where_there_are_some(backend: MemoryBackend) -> None:
    backend.add_file("gear.gcode", folder="gears")
    backend.add_file("pinion.gcode", folder="gears/small")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 2 files")
        assert "gear.gcode" not in console.text
        await console.press("home")
        await console.shows("A folder: Enter opens it, Backspace goes back.")
        assert "(Enter Print)" in console.text
        await console.press("p", "v", "c", "space")
        assert console.top == "FilesScreen"
        await console.press("enter")
        await console.shows("Name in gears/")
        await console.shows("small/ 1 file")
        await console.press("enter")
        await console.shows("pinion.gcode 22 B")
        await console.press("backspace")
        await console.shows("gears/small/ A folder")
        await console.press("down")
        await console.shows("gears/gear.gcode 22 B (22 bytes)")
        await console.press("backspace", "backspace")
        await console.shows("gears/ A folder")
        assert "box.gcode" in console.text


async def test_a_search_finds_what_lies_in_folders(backend: MemoryBackend) -> None:
    backend.add_file("pinion.gcode", folder="gears/small")
    async with opened(backend) as console:
        await console.press("f3", "slash", *"pin")
        await console.shows("gears/small/pinion.gcode 22 B")


async def test_an_upload_goes_to_the_folder_that_is_shown(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    put(tmp_path / "new.gcode", b"G28\n")
    backend.add_file("gear.gcode", folder="gears")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("home", "enter", "u")
        await console.paste(str(tmp_path / "new.gcode"))
        await console.press("enter")
        await console.shows("gears/new.gcode 4 B (4 bytes)")


async def test_a_folder_goes_with_its_last_file(backend: MemoryBackend) -> None:
    backend.add_file("gear.gcode", folder="gears")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("gears/ 1 file")
        await console.press("home", "enter")
        await console.shows("gears/gear.gcode 22 B")
        await console.press("d", "right", "enter")
        await console.shows("anchor.gcode")
        assert "gears/" not in console.text


# What is known of one


async def test_all_that_a_slicer_said_is_shown(backend: MemoryBackend) -> None:
    details = FileDetails(
        slicer="PrusaSlicer 2.7",
        material="PETG",
        layer_height_mm=0.2,
        layers=62,
        time_s=3723.0,
        filament_mm=4311.0,
        filament_g=12.94,
        tools=(0, 1),
        low_mm=(87.1, 87.1, 0.2),
        high_mm=(112.9, 100.0, 12.4),
    )
    backend.library[3] = replace(backend.library[3], details=details)
    async with opened(backend) as console:
        await console.press("f3")
        for fact in (
            *("print time 1:02:03", "material PETG", "62 layers", "layers of 0.2 mm"),
            *("filament 4.3 m", "weight 12.9 g", "25.8 x 12.9 x 12.2 mm"),
            *("from X 87.1 Y 87.1 to X 112.9 Y 100.0", "nozzle 1, 2"),
            "sliced by PrusaSlicer 2.7",
        ):
            await console.shows(fact)


PIXELS = Image.new("RGB", (20, 20), (255, 0, 0))


def picture() -> str:
    file = io.BytesIO()
    PIXELS.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


async def test_the_picture_of_the_selected_file_is_beside_the_list(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GBTERM_PICTURES", "blocks")
    backend.library[2] = replace(backend.library[2], thumbnail_png_base64=picture())
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("No picture")
        await console.press("down")
        await console.until(lambda: "▀" * 20 in console.text)
        await console.press("down")
        await console.shows("No picture")
        assert "▀" not in console.text


async def test_a_library_without_pictures_keeps_no_room_for_them(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GBTERM_PICTURES", "blocks")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("Uploaded ▼")
        backend.library[1] = replace(backend.library[1], thumbnail_png_base64=picture())
        await console.press("r")
        await console.shows("Name, newest first Size Print time No picture")


async def test_a_slow_line_carries_no_picture(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GBTERM_PICTURES")
    async with opened(backend) as console:
        app, ways = console.app, []
        app.console._color_system = ColorSystem.TRUECOLOR
        for slow, no_color in ((False, False), (True, False), (False, True)):
            app.terminal, app.no_color = replace(app.terminal, slow=slow), no_color
            ways.append(app.pictures)
        assert ways[0] is not Pictures.NONE
        assert ways[1:] == [Pictures.NONE] * 2


async def test_a_narrow_screen_shows_the_list_alone(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GBTERM_PICTURES", "blocks")
    async with opened(backend, size=(40, 24)) as console:
        await console.press("f3")
        await console.shows("anchor.gcode 22 B")
        assert "No picture" not in console.text


# Downloading


async def downloading(console: Console, path: Path) -> None:
    await console.press("f3")
    await console.shows("3 files")
    await console.press("g", "ctrl+u")
    await console.paste(str(path))
    await console.press("enter")


async def test_a_file_is_put_where_one_says(backend: MemoryBackend, tmp_path: Path) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("3 files")
        await console.press("g")
        await console.shows("anchor.gcode No file there is called so yet.")
        await console.press("escape")
        await downloading(console, tmp_path)
        await console.says("anchor.gcode is written.")
        assert content(tmp_path / "anchor.gcode") == backend.contents[3]


async def test_nothing_is_overwritten_unasked(backend: MemoryBackend, tmp_path: Path) -> None:
    path = tmp_path / "mine.gcode"
    put(path, b"mine")
    async with opened(backend) as console:
        await downloading(console, path)
        await console.shows("mine.gcode is there already. Replace it?")
        await console.press("enter")
        assert console.top == "FilesScreen"
        assert content(path) == b"mine"
        await downloading(console, path)
        await console.press("right", "enter")
        await console.says("mine.gcode is written.")
        assert content(path) == backend.contents[3]


async def test_where_a_file_can_not_go_is_said_at_once(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    async with opened(backend) as console:
        await downloading(console, tmp_path / "none" / "a.gcode")
        await console.shows("There is no folder")
        assert console.top == "PathScreen"
        await console.press("escape")
        assert "download_file" not in backend.calls


async def test_a_download_shows_how_far_it_is_and_that_it_failed(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    finish = asyncio.Event()

    class Slow(MemoryBackend):
        async def download_file(
            self, file_id: int, path: Path, progress: Any = None, *, confirmed: bool = False
        ) -> None:
            progress(1, 4)
            await finish.wait()
            raise LinkError("The server closed the connection.")

    slow = Slow()
    slow.library, slow.contents = backend.library, backend.contents
    async with opened(slow) as console:
        await downloading(console, tmp_path)
        await console.shows("25 %")
        assert "Downloading anchor.gcode █" in console.text
        assert "(Enter Print)" in console.text
        await console.press("ctrl+q")
        await console.shows("Downloading anchor.gcode would end unfinished.")
        await console.press("escape")
        finish.set()
        await console.says("The server closed the connection.")
        await console.until(lambda: "Downloading" not in console.text)


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("../../.bashrc", "_.._.bashrc"),
        ("/etc/passwd", "_etc_passwd"),
        ("-rf.gcode", "rf.gcode"),
        ("...", "file.gcode"),
        ("\x1b[2J\nx.gcode", "?[2J x.gcode"),
    ],
)
async def test_the_librarys_name_leads_nowhere_else(
    tmp_path: Path, name: str, offered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    backend = MemoryBackend()
    backend.add_file(name)
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("1 file")
        await console.press("g", "enter")
        await console.says(f"{offered} is written.")
        assert names(tmp_path) == [offered]


async def test_what_a_connection_can_not_do_is_not_offered(tmp_path: Path) -> None:
    lacking = Capability.DOWNLOAD | Capability.RENAME | Capability.LAYERS
    backend = MemoryBackend(EVERYTHING & ~lacking)
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("d Delete")
        assert "(v View)" in console.text
        assert "g Download" not in console.text
        assert "n Rename" not in console.text
        await console.press("g", "n", "v")
        assert console.top == "FilesScreen"


# Renaming and deleting


async def test_a_file_gets_another_name_and_stays_selected(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("3 files")
        await console.press("down", "n")
        await console.shows("Rename Cone tall.gcode")
        await console.press("home", "2")
        await console.press("enter")
        await console.shows("2Cone tall.gcode 600 B (600 bytes)")
        assert backend.library[2].name == "2Cone tall.gcode"


async def test_no_name_is_none_and_the_same_one_changes_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("3 files")
        await console.press("n", "ctrl+u", "enter")
        await console.shows("It needs a name.")
        await console.press("escape", "n", "enter")
        assert console.top == "FilesScreen"
        assert "rename_file" not in backend.calls


async def test_after_a_deletion_the_next_one_is_selected(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("3 files")
        await console.press("down", "d", "right", "enter")
        await console.shows("2 files")
        await console.shows("box.gcode 1.8 kB (1800 bytes)")
        await console.press("d", "right", "enter")
        await console.shows("anchor.gcode 22 B (22 bytes)")


# Harm


HOSTILE = "[red]x[/] \x1b[2J\x9b31m 日本 [@click=app.quit]y[/]"


@pytest.mark.parametrize("size", [(80, 24), (40, 24), (24, 10)])
async def test_names_are_text_wherever_they_are_shown(size: tuple[int, int]) -> None:
    backend = MemoryBackend()
    file = backend.add_file(f"{HOSTILE}.gcode", folder=HOSTILE)
    words = FileDetails(slicer=HOSTILE, material=HOSTILE, layers=3)
    backend.library[file.id] = replace(
        file, details=words, print_extruders=HOSTILE, print_quality=HOSTILE, uploaded=HOSTILE
    )
    async with opened(backend, size=size, toasts=True) as console:
        seen = []
        for key in ("f3", "enter", "v", "escape", "n", "escape", "g", "escape", "d", "escape"):
            await console.press(key)
            seen.append(console.text)
        await console.press("slash", "2", "J")
        seen.append(console.text)
        assert all("\x1b" not in text and "\x9b" not in text for text in seen)
        assert console.top == "FilesScreen"
        for text in seen:
            assert "[red]" in text or size[0] < 40


ODD: tuple[Callable[[GcodeFile], GcodeFile], ...] = (
    lambda file: replace(file, size=-1, print_time_sec=-5, id=-7),
    lambda file: replace(file, size=10**30, print_time_sec=10**30, uploaded="", name=""),
    lambda file: replace(file, details=FileDetails(low_mm=(1e300,) * 3, high_mm=(-1e300,) * 3)),
    lambda file: replace(file, details=FileDetails(tools=tuple(range(500)), layers=10**30)),
    lambda file: replace(file, name="日本" * 200, folder="///", thumbnail_png_base64="!" * 1000),
)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("draws", [Glyphs.UNICODE, Glyphs.ASCII])
async def test_odd_records_break_nothing(
    backend: MemoryBackend,
    odd: Callable[[GcodeFile], GcodeFile],
    draws: Glyphs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GBTERM_PICTURES", "blocks")
    backend.library[2] = odd(backend.library[2])
    async with opened(backend, draws=draws) as console:
        await console.press("f3")
        await console.shows("3 files")
        for key in ("down", "s", "s", "s", "end", "home", "slash", "x", "escape"):
            await console.press(key)
            rows = console.text.splitlines()
            assert len(rows) == 24
        await console.shows("box.gcode")
