"""What the Files screen does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.console.acts.act import Act, a_file
from tests.console.conftest import Console

LAYERS = b"G28\nM83\n;LAYER:0\nG1 X5 Y5 Z1 F600\nG1 X9 Y9 E1\n;LAYER:1\nG1 Z2\nG1 X5 E1\n"


async def one_file(console: Console) -> None:
    """A library with a file."""
    await a_file(console)


async def one_with_layers(console: Console) -> None:
    """A library with a file of two layers."""
    await a_file(console, LAYERS)


async def two_files(console: Console) -> None:
    """A library with two files."""
    await a_file(console)
    await a_file(console, name="cone.gcode")


async def one_that_came_unseen(console: Console) -> None:
    """A file that somebody else put into the library."""
    await console.press("f3")
    path = Path(console.folder) / "other.gcode"
    path.write_bytes(console.behind.long_print)
    await console.app.backend.upload(path)


async def uploaded(console: Console) -> None:
    """A file on this computer's disk."""
    (Path(console.folder) / "disk.gcode").write_bytes(console.behind.long_print)


async def a_file_and_a_folder(console: Console) -> None:
    """A library with a folder, and the file selected."""
    await console.app.backend.make_folder("gears")
    await a_file(console)
    await console.press("end")


def by_name(console: Console) -> bool:
    """The list says what it goes by, also in ASCII."""
    return re.search(r"Name [▲^]", console.words) is not None


def selected(console: Console) -> bool:
    """The user is told."""
    return any("box.gcode is selected" in notice for notice in console.notices)


def found(console: Console) -> bool:
    """The other file is not listed."""
    return "box.gcode" in console.text and "cone.gcode" not in console.text


ACTS = (
    Act("print", "EXECUTING", before=one_file),
    Act("upload", "Tab completes, Enter uploads, Esc leaves.", before=uploaded),
    Act("view_layers", "Layer 2 of 2 Z 2.00 mm", ("v", "end"), one_with_layers),
    Act("check_file", "box.gcode, ", before=one_file),
    Act("search_files", found, ("slash", "b", "o"), two_files),
    Act("sort_files", by_name, before=two_files),
    Act("download", "Put box.gcode on this computer's disk", before=one_file),
    Act("rename", "2box.gcode", ("n", "home", "2", "enter"), one_file),
    Act("delete", "The library is empty.", ("d", "right", "enter"), one_file),
    Act("select_file", selected, before=one_file),
    Act("make_folder", "gears/ 0 files", ("f", *"gears", "enter"), two_files),
    Act("move_file", "gears/ 1 file", ("m", "2"), a_file_and_a_folder),
    Act("copy_file", "box-copy.gcode", ("c", "1", "enter"), one_file),
    Act("refresh", "other.gcode", before=one_that_came_unseen),
)
