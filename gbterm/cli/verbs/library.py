"""What is done with the files of a library."""

from __future__ import annotations

from gbterm import wire
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.cli.verbs.named import among, named
from gbterm.cli.verbs.records import as_json, record
from gbterm.cli.verbs.verb import DONE, Answer, Asked
from gbterm.errors import GbtermError, NoSuchFile, UsageError
from gbterm.files import GcodeFile
from gbterm.text import scrub
from gbterm.widgets.words import size

_SHOWN_MAX = 80


async def _sorted(backend: Backend) -> list[GcodeFile]:
    return sorted(await backend.files(), key=lambda file: (file.path.casefold(), file.id))


async def ls_raw(asked: Asked) -> Answer:
    """The library as JSON."""
    told = await asked.backend.files_json()
    return as_json(told or {"files": [record(file) for file in await _sorted(asked.backend)]})


async def ll(asked: Asked) -> Answer:
    """One file as JSON."""
    file = await named(asked.backend, asked.args.name)
    return as_json(await asked.backend.files_json(file.id) or record(file))


async def _folders(backend: Backend) -> list[str]:
    has_some = (Capability.FOLDERS | Capability.CARD) & backend.capabilities
    return await backend.folders() if has_some else []


async def ls(asked: Asked) -> Answer:
    """The paths of all files."""
    files = await _sorted(asked.backend)
    return Answer(tuple(file.path for file in files), [file.path for file in files])


async def files(asked: Asked) -> Answer:
    """The library, or a folder of it, with sizes and dates."""
    files, folders = await _sorted(asked.backend), await _folders(asked.backend)
    folder = (asked.args.folder or "").strip("/")
    if folder:
        below = f"{folder}/"
        files = [file for file in files if file.path.startswith(below)]
        if not files and folder not in folders:
            raise NoSuchFile(f"There is no folder {scrub(folder, _SHOWN_MAX)!r}.")
        folders = [path for path in folders if path.startswith(below)]
    rows = [(path.casefold(), f"{'':>9}  {'':16}  {path}/") for path in folders]
    rows += [(file.path.casefold(), _row(file)) for file in files]
    data = {"folders": folders, "files": [record(file) for file in files]}
    return Answer(tuple(line for _, line in sorted(rows)), data)


def _row(file: GcodeFile) -> str:
    return f"{size(file.size):>9}  {file.uploaded[:16]:16}  {file.path}"


async def select(asked: Asked) -> Answer:
    """Select a file."""
    await asked.backend.select_file((await named(asked.backend, asked.args.name)).id)
    return DONE


async def rm(asked: Asked) -> Answer:
    """Delete a file, or a folder with all that is in it."""
    backend, name = asked.backend, asked.args.name
    files = await backend.files()
    is_path = any(file.path == name for file in files)
    folder = name.strip("/")
    if not is_path and folder in await _folders(backend):
        await backend.delete_folder(folder, confirmed=asked.confirmed)
        return DONE
    await backend.delete_file((_found(files, name)).id)
    return DONE


async def mv(asked: Asked) -> Answer:
    """Into a folder that is there, or that TO names with a `/` behind it; else to another path."""
    backend, name, to = asked.backend, asked.args.name, asked.args.to
    folders, files = await _folders(backend), await backend.files()
    is_folder = to.endswith("/") or to.strip("/") in folders
    into, _, called = (f"{to.strip('/')}/" if is_folder else to.lstrip("/")).rpartition("/")
    source = name.strip("/")
    if source in folders and not any(file.path == source for file in files):
        last = called or source.rpartition("/")[2]
        target = f"{into}/{last}" if into else last
        await backend.move_folder(source, target)
        return Answer((target,), {"path": target})
    moved = await _moved(backend, _found(files, name), into, called, files)
    return Answer((moved.path,), record(moved))


def _found(files: list[GcodeFile], name: str) -> GcodeFile:
    found = among(files, name)
    if found is None:
        raise NoSuchFile(f"The library holds no {scrub(name, _SHOWN_MAX)!r}; gbterm ls lists it.")
    return found


async def _moved(
    backend: Backend, file: GcodeFile, folder: str, name: str, files: list[GcodeFile]
) -> GcodeFile:
    """`file` in that folder and under that name; an empty one is the one that it has.

    In two steps where both change, by way of a path that none of `files` has.
    """
    name = name or file.name
    if name == file.name and folder == file.folder:
        raise UsageError(f"{file.path} lies there already.")
    if name == file.name:
        return await backend.move_file(file.id, folder)
    if folder == file.folder:
        return await backend.rename_file(file.id, name)
    is_taken = any((other.folder, other.name) == (folder, file.name) for other in files)
    if is_taken:
        half = await backend.rename_file(file.id, name)
    else:
        half = await backend.move_file(file.id, folder)
    try:
        if is_taken:
            return await backend.move_file(half.id, folder)
        return await backend.rename_file(half.id, name)
    except GbtermError as error:
        raise type(error)(f"{error} The file is {half.path} now.") from error


async def df(asked: Asked) -> Answer:
    """How full the disks are."""
    disks = sorted((await asked.backend.disks()).items())
    lines = (
        f"{size(use.free_bytes):>9} free of {size(use.total_bytes):>9}  {place}"
        for place, use in disks
    )
    return Answer(tuple(lines), {place: wire.to_json(use) for place, use in disks})
