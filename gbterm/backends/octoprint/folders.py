"""Folders of an OctoPrint's disk, and what is moved, copied and renamed in them."""

from __future__ import annotations

from functools import cached_property

from aiohttp import FormData

from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.given import mapping
from gbterm.backends.octoprint.catalogue import Catalogue, in_use, refuse_card
from gbterm.backends.octoprint.files import DISK, Entry, Listing, file_id, resource
from gbterm.backends.octoprint.http import Http
from gbterm.errors import NeedsConfirmation, NoSuchFile, PrinterError, UsageError, WrongState
from gbterm.files import GcodeFile
from gbterm.text import scrub

_NAMED = 3
"""So many of the files that are to be deleted are named."""


class Folders(Backend):
    """Asks over `_http`."""

    _http: Http

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self._http)

    async def folders(self) -> list[str]:
        self.require(Capability.FOLDERS, "tell of folders")
        return sorted((await self._catalogue.read()).folders)

    async def make_folder(self, path: str) -> None:
        self.require(Capability.UPLOAD, "make folders")
        refuse_card(path, "make folders")
        above, _, name = path.rpartition("/")
        parent = await self._catalogue.folder(above)
        await self._free(parent, name)
        form = FormData({"foldername": name, "path": parent}, default_to_multipart=True)
        async with self._http.request("POST", DISK, data=form):
            pass

    async def move_file(self, file_id: int, folder: str) -> GcodeFile:
        self.require(Capability.RENAME, "move files")
        entry = await self._of_disk(file_id, "move files")
        parent = await self._catalogue.folder(folder)
        return await self._put("move", entry, parent, entry.path.rpartition("/")[2])

    async def copy_file(self, file_id: int, folder: str, name: str = "") -> GcodeFile:
        self.require(Capability.UPLOAD, "copy files")
        entry = await self._of_disk(file_id, "copy files")
        parent = await self._catalogue.folder(folder)
        return await self._put("copy", entry, parent, name or entry.path.rpartition("/")[2])

    async def rename_file(self, file_id: int, name: str) -> GcodeFile:
        """Under the name that the server makes of it; the file has another id from then on."""
        self.require(Capability.RENAME, "rename files")
        entry = await self._of_disk(file_id, "rename files")
        return await self._put("move", entry, entry.path.rpartition("/")[0], name)

    async def move_folder(self, path: str, to: str) -> None:
        self.require(Capability.RENAME, "move folders")
        refuse_card(to, "move folders")
        source = await self._catalogue.folder(path)
        if not source or f"{to}/".startswith(f"{path}/"):
            raise UsageError(f"The folder {path} can't be moved into itself.")
        above, _, name = to.rpartition("/")
        target = await self._free(await self._catalogue.folder(above), name)
        await self._transfer("move", resource(source), target)

    async def delete_folder(self, path: str, *, confirmed: bool = False) -> None:
        self.require(Capability.DELETE, "delete folders")
        source = await self._catalogue.folder(path)
        if not source:
            raise UsageError("Name a folder: the library itself can't be deleted.")
        if not confirmed:
            raise NeedsConfirmation(_question(path, source, await self._catalogue.read()))
        try:
            await self._http.delete(resource(source))
        except WrongState as error:
            raise in_use(f"A file in {path}") from error

    async def _of_disk(self, file_id: int, what: str) -> Entry:
        entry = await self._catalogue.entry(file_id)
        refuse_card(entry.file.folder, what)
        return entry

    async def _put(self, command: str, entry: Entry, folder: str, name: str) -> GcodeFile:
        target = await self._free(folder, name)
        await self._transfer(command, entry.resource, target)
        return await self._listed(target)

    async def _transfer(self, command: str, what: str, target: str) -> None:
        """Copy or move what is there to where nothing was.

        OctoPrint does so before it queues files to be analysed, and fails inside where those of
        such names wait there.
        """
        try:
            await self._http.post(what, {"command": command, "destination": target})
        except PrinterError:
            listed = await self._catalogue.read()
            if target not in {*listed.paths, *listed.folders.values()}:
                raise

    async def _listed(self, path: str) -> GcodeFile:
        """The file that is at a path of the server's disk now."""
        try:
            return await self._catalogue.show_one(file_id("local", path))
        except NoSuchFile as error:
            raise NoSuchFile(f"{scrub(path)} is not in the library any more.") from error

    async def _free(self, folder: str, name: str) -> str:
        """The path that a name in a folder has on the server, which makes its own of many.

        Raises `UsageError` for what is no name, or there already: a destination that is a folder
        would be taken for the folder to put it into.
        """
        if not name.strip() or "/" in name or "\\" in name or not scrub(name) == name:
            raise UsageError(f"{scrub(name)!r} is no name: use letters, digits, dots and spaces.")
        where = {"storage": "local", "path": folder, "filename": name}
        told = mapping(await self._http.post("/api/files/test", {"command": "sanitize"} | where))
        path = str(told.get("sanitized") or "")
        if path.rpartition("/")[0] != folder or not path.rpartition("/")[2]:
            raise UsageError(f"{name!r} is no name that {self.name} takes.")
        listed = await self._catalogue.read()
        if path in {*listed.paths, *listed.folders.values()}:
            raise UsageError(f"There is already something called {scrub(path)}.")
        return path


def _question(path: str, source: str, listed: Listing) -> str:
    below = f"{source}/"
    files = sorted([p[len(below) :] for p in listed.paths if p.startswith(below)], key=str.casefold)
    folders = sum(p.startswith(below) for p in listed.folders.values())
    if not files and not folders:
        return f"The folder {path} is empty. Delete it?"
    named = ", ".join(scrub(name, 60) for name in files[:_NAMED])
    more = " …" if len(files) > _NAMED else ""
    return (
        f"The folder {path} holds {_count(len(files), 'file')} and {_count(folders, 'folder')}"
        f"{f' ({named}{more})' if files else ''}. Delete all of it? It can't be brought back."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
