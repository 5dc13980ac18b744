"""Commands on the folders of the library, and on files among them."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.backends.capability import Capability
from gbterm.plain.command import Command, Desk, WrongWords, name_of, nothing
from gbterm.plain.files import chosen


async def _folders(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    found = await desk.backend.folders()
    if not found:
        # Where it can't have any, the folder of a card is all that there may be.
        desk.backend.require(Capability.FOLDERS, "have folders")
    return found or ["The library has no folders yet."]


async def _make(desk: Desk, text: str) -> Sequence[str]:
    path = name_of(text, "name of the folder")
    await desk.backend.make_folder(path)
    return [f"There is a folder {path} now."]


async def _move_file(desk: Desk, text: str) -> Sequence[str]:
    """`move_file 3 to gears`."""
    which, folder = _to(text)
    file = await chosen(desk, which)
    moved = await desk.backend.move_file(file.id, folder)
    return [f"{file.name} is {moved.path} now."]


async def _copy_file(desk: Desk, text: str) -> Sequence[str]:
    """`copy_file 3 to gears`."""
    which, folder = _to(text)
    file = await chosen(desk, which)
    copied = await desk.backend.copy_file(file.id, folder)
    return [f"There is {copied.path} now."]


async def _move_folder(desk: Desk, text: str) -> Sequence[str]:
    """`move_folder gears to old/gears`."""
    path, to = _to(text)
    await desk.backend.move_folder(name_of(path, "path of the folder"), name_of(to, "new path"))
    return [f"{path} is {to} now."]


async def _delete_folder(desk: Desk, text: str) -> Sequence[str]:
    path = name_of(text, "path of a folder")
    await desk.backend.delete_folder(path, confirmed=desk.confirmed)
    return [f"The folder {path} is deleted."]


def _to(text: str) -> tuple[str, str]:
    """What is moved, and where to: a slash alone is the top."""
    what, to, folder = text.partition(" to ")
    if not to:
        raise WrongWords("Where to is missing.")
    return what, name_of(folder.strip(), "folder").strip("/")


COMMANDS = (
    Command("folders", _folders, "list the folders of the library"),
    Command("make_folder", _make, "make a folder in the library", "PATH"),
    Command("move_file", _move_file, "put a file into a folder, / is the top", "FILE to FOLDER"),
    Command("copy_file", _copy_file, "copy a file into a folder", "FILE to FOLDER"),
    Command("move_folder", _move_folder, "give a folder another path", "PATH to PATH"),
    Command("delete_folder", _delete_folder, "delete a folder and all in it, asking first", "PATH"),
)
