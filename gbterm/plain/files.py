"""Commands on the library of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gbterm.backends.server_side import Progress
from gbterm.errors import NeedsConfirmation, NoSuchFile, UsageError
from gbterm.files import GcodeFile, local_name
from gbterm.findings import placed
from gbterm.plain.command import Command, Desk, WrongWords, choice, name_of, nothing, path_of
from gbterm.widgets.words import duration, size

MOST = 200
"""Files that are listed at once."""
TOLD_PERCENT = 20


async def _files(desk: Desk, text: str) -> Sequence[str]:
    files = await desk.backend.files()
    found = [file for file in files if text.lower() in file.name.lower()]
    if not found:
        return [f"No file is called {text}." if text else "The library is empty."]
    lines = [_told(file) for file in found[:MOST]]
    if len(found) > MOST:
        lines.append(f"{len(found) - MOST} more files: name a part of their names after files.")
    return lines


def _told(file: GcodeFile) -> str:
    time = f", print time {duration(file.print_time_sec)}" if file.print_time_sec else ""
    return f"Number {file.id}: {file.name}, {size(file.size)}{time}"


async def chosen(desk: Desk, text: str) -> GcodeFile:
    """The file that is meant: by its number, its name, or the only one whose name holds this."""
    wanted = name_of(text, "number or name of a file")
    files = await desk.backend.files()
    named = [file for file in files if file.name == wanted]
    if not named and wanted.isascii() and wanted.isdigit():
        named = [file for file in files if file.id == int(wanted)]
    if not named:
        named = [file for file in files if wanted.lower() in file.name.lower()]
    if not named:
        raise NoSuchFile(f"The library holds no file {wanted}; files lists them.")
    if len(named) > 1:
        these = ", ".join(f"{file.id} {file.name}" for file in named[:5])
        raise UsageError(f"Several files may be meant: {these}. Say which by its number.")
    return named[0]


_ORDERS: dict[str, Callable[[GcodeFile], float | str]] = {
    "upload": lambda file: file.uploaded,
    "name": lambda file: file.name.lower(),
    "size": lambda file: file.size,
    "time": lambda file: file.print_time_sec,
}


async def _sort_files(desk: Desk, text: str) -> Sequence[str]:
    order = _ORDERS[choice(text, *_ORDERS)]
    files = sorted(await desk.backend.files(), key=order, reverse=text != "name")
    return [_told(file) for file in files[:MOST]] or ["The library is empty."]


async def _file(desk: Desk, text: str) -> Sequence[str]:
    file = await chosen(desk, text)
    details = file.details
    layers = f"{details.layers} layers" if details.layers else ""
    height = f"of {details.layer_height_mm:g} mm" if details.layer_height_mm else ""
    space = zip("XYZ", details.low_mm, details.high_mm, strict=False)
    facts = (
        _told(file),
        f"Uploaded {file.uploaded[:19]}",
        file.print_material and f"Material {file.print_material}",
        file.print_quality and f"Quality {file.print_quality}",
        details.slicer and f"Slicer {details.slicer}",
        f"Filament {file.print_filament_mm / 1000:.1f} m" if file.print_filament_mm else "",
        f"Weight {file.print_material_gm} g" if file.print_material_gm else "",
        f"{layers} {height}".strip(),
        ", ".join(f"{axis} from {low:g} to {high:g} mm" for axis, low, high in space),
    )
    return [fact for fact in facts if fact]


async def _print(desk: Desk, text: str) -> Sequence[str]:
    file = await chosen(desk, text)
    await desk.backend.print_file(file.id, confirmed=desk.confirmed)
    return [f"Starting {file.name}."]


async def _select(desk: Desk, text: str) -> Sequence[str]:
    file = await chosen(desk, text)
    await desk.backend.select_file(file.id)
    return [f"{file.name} is selected; start_selected prints it."]


def _progress(desk: Desk, name: str) -> Progress:
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        percent = done * 100 // total if total else 100
        if percent // TOLD_PERCENT > told // TOLD_PERCENT:
            told = percent
            desk.say(f"{name}: {percent} % transferred")

    return progress


async def _upload(desk: Desk, text: str) -> Sequence[str]:
    path = path_of(text)
    file = await desk.backend.upload(path, _progress(desk, path.name))
    return [f"{file.name} is in the library, number {file.id}; to print it: print {file.id}"]


async def _delete(desk: Desk, text: str) -> Sequence[str]:
    file = await chosen(desk, text)
    if not desk.confirmed:
        raise NeedsConfirmation(f"Delete {file.name} from the library? It can't be brought back.")
    await desk.backend.delete_file(file.id)
    return [f"{file.name} is deleted."]


async def _rename(desk: Desk, text: str) -> Sequence[str]:
    """`rename 3 to new.gcode`."""
    which, to, name = text.partition(" to ")
    if not to:
        raise WrongWords("The new name is missing.")
    file = await chosen(desk, which)
    renamed = await desk.backend.rename_file(file.id, name_of(name.strip(), "new name"))
    return [f"{file.name} is called {renamed.name} now."]


async def _download(desk: Desk, text: str) -> Sequence[str]:
    """`download 3` or `download 3 to PATH`."""
    which, _, to = text.partition(" to ")
    file = await chosen(desk, which)
    path = path_of(to.strip()) if to.strip() else Path(local_name(file.name))
    await desk.backend.download_file(
        file.id, path, _progress(desk, file.name), confirmed=desk.confirmed
    )
    return [f"{file.name} is in {path}."]


async def _view_layers(desk: Desk, text: str) -> Sequence[str]:
    file = await chosen(desk, text)
    told = await desk.backend.layers(file.id)
    heights = [z for z in told.z_mm if z is not None]
    if not heights:
        return [f"{file.name} shows no layers."]
    return [f"{file.name} has {told.layers} layers, the first at Z {heights[0]:g} mm."]


async def _check(desk: Desk, text: str) -> Sequence[str]:
    file = await chosen(desk, text)
    found = await desk.backend.check_file(file.id)
    told = [f"{finding.severity.value}, {placed(finding)}" for finding in found.findings]
    return told or [f"Nothing was found in {file.name}."]


async def disks(desk: Desk, text: str) -> Sequence[str]:
    """How full they are."""
    nothing(text)
    return [
        f"Disk at {place}: {size(use.free_bytes)} free of {size(use.total_bytes)}"
        for place, use in sorted((await desk.backend.disks()).items())
    ]


COMMANDS = (
    Command("files", _files, "list the library, or what of it has this in its name", "[WORD]"),
    Command("sort_files", _sort_files, "list the library in this order", "upload|name|size|time"),
    Command("file", _file, "tell what is known of a file", "FILE"),
    Command("print", _print, "print a file, by its number or name", "FILE"),
    Command("select_file", _select, "select a file at the printer without printing it", "FILE"),
    Command("upload", _upload, "put a file of this computer into the library", "PATH", slow=True),
    Command("download", _download, "put a file onto this computer", "FILE [to PATH]", slow=True),
    Command("rename", _rename, "give a file another name", "FILE to NAME"),
    Command("delete", _delete, "delete a file of the library, after a question", "FILE"),
    Command("view_layers", _view_layers, "tell the layers of a file", "FILE"),
    Command("check_file", _check, "look at a file as before a print", "FILE"),
    Command("disks", disks, "tell how full the disks of the printer's host are"),
)
