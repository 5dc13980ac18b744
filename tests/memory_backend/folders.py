"""The folders of the library."""

from __future__ import annotations

from dataclasses import replace

from gbterm.backends.capability import Capability
from gbterm.errors import NeedsConfirmation, UsageError
from gbterm.files import GcodeFile
from tests.memory_backend.core import Core


class Folders(Core):
    """There are those that were made, and those in which files lie."""

    async def folders(self) -> list[str]:
        await self._called("folders", Capability.FOLDERS)
        paths = self.folder_paths | {file.folder for file in self.library.values()}
        parts = [path.split("/") for path in paths if path]
        return sorted({"/".join(part[:n]) for part in parts for n in range(1, len(part) + 1)})

    async def make_folder(self, path: str) -> None:
        await self._called("make_folder", Capability.FOLDERS)
        if path in await self.folders():
            raise UsageError(f"There is a folder {path} already.")
        self.folder_paths.add(path)

    async def move_file(self, file_id: int, folder: str) -> GcodeFile:
        await self._called("move_file", Capability.FOLDERS)
        self.library[file_id] = replace(self._file(file_id), folder=folder)
        return self.library[file_id]

    async def copy_file(self, file_id: int, folder: str, name: str = "") -> GcodeFile:
        await self._called("copy_file", Capability.FOLDERS)
        file = self._file(file_id)
        twin = (folder, name or file.name)
        if twin in {(other.folder, other.name) for other in self.library.values()}:
            raise UsageError(f"There is a file {name or file.name} already.")
        return self.add_file(name or file.name, self.contents[file_id], folder)

    async def move_folder(self, path: str, to: str) -> None:
        await self._called("move_folder", Capability.FOLDERS)
        self.folder_paths = {_moved(folder, path, to) for folder in self.folder_paths} | {to}
        for number, file in self.library.items():
            self.library[number] = replace(file, folder=_moved(file.folder, path, to))

    async def delete_folder(self, path: str, *, confirmed: bool = False) -> None:
        await self._called("delete_folder", Capability.FOLDERS)
        inside = [file for file in self.library.values() if _is_in(file.folder, path)]
        if not confirmed:
            raise NeedsConfirmation(f"Delete the folder {path} with {len(inside)} files in it?")
        self.folder_paths = {folder for folder in self.folder_paths if not _is_in(folder, path)}
        for file in inside:
            del self.library[file.id], self.contents[file.id]


def _is_in(folder: str, path: str) -> bool:
    return folder == path or folder.startswith(f"{path}/")


def _moved(folder: str, path: str, to: str) -> str:
    return to + folder[len(path) :] if _is_in(folder, path) else folder
