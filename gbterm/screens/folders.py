"""What is done with the folders of the library, and with files among them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from gbterm.backends.capability import Capability
from gbterm.errors import UsageError
from gbterm.files import SD, GcodeFile
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Call
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.library import LibraryScreen
from gbterm.widgets.file_list import Folder

TOP = "the top of the library"


class FolderScreen(LibraryScreen):
    """Makes, moves, renames and deletes folders, moves and copies files."""

    def possible_with_folder(self) -> set[str]:
        """What may be done to a selected folder as to a file."""
        able = Capability.FOLDERS in self.app.backend.capabilities and self.selected is not None
        return {"rename", "delete", "move_file"} if able else set()

    def impossible_on_card(self) -> set[str]:
        """A printer's card only takes files and loses them."""
        what = self.selected
        where = what.path if isinstance(what, Folder) else what.folder if what else ""
        made = {"make_folder"} if _is_in(self.folder, SD) else set[str]()
        kept = {"rename", "move_file", "copy_file", "download", "view_layers"}
        moved = kept if _is_in(where, SD) else set[str]()
        return made | moved | ({"delete"} if isinstance(what, Folder) and moved else set())

    def action_make_folder(self) -> None:
        """Ask for its name."""
        title = f"A new folder in {self.folder or TOP}"
        self.app.push_screen(AskScreen(title, name_of), self._make)

    def _make(self, name: str | None) -> None:
        if name is not None:
            path = _path(self.folder, name)
            make = partial(self.app.backend.make_folder, path)
            self.app.perform(make, then=partial(self._read_folder, path))

    def rename_folder(self, folder: Folder) -> None:
        """Ask for another name."""

        def rename(name: str | None) -> None:
            if name is not None:
                self._move_folder(folder, _path(_above(folder.path), name))

        self.app.push_screen(AskScreen(f"Rename {folder.name}", name_of, value=folder.name), rename)

    def _move_folder(self, folder: Folder, path: str) -> None:
        if path != folder.path:
            move = partial(self.app.backend.move_folder, folder.path, path)
            self.app.perform(move, then=partial(self._read_folder, path))

    async def _read_folder(self, path: str) -> None:
        self.selected = Folder(path, 0)
        await self.read()

    def delete_folder(self, folder: Folder) -> None:
        """The backend asks, for it knows what is in it."""
        delete = partial(self.app.backend.delete_folder, folder.path)
        agreed = partial(delete, confirmed=True)
        self.app.perform(delete, agreed=agreed, then=self.read_neighbour)

    async def read_neighbour(self) -> None:
        """What was selected is gone: go on beside it."""
        self.selected = self.table.neighbour
        await self.read()

    def action_move_file(self) -> None:
        """Ask where to; a folder takes all that is in it along."""
        if isinstance(what := self.selected, Folder):
            folder = what
            self._choose(
                f"Move {what.name} into which folder?",
                _above(what.path),
                lambda to: self._move_folder(folder, _path(to, folder.name)),
                without=what.path,
            )
        elif what is not None:
            self._choose(
                f"Move {what.name} into which folder?", what.folder, partial(self._move, what)
            )

    def _move(self, file: GcodeFile, to: str) -> None:
        if to != file.folder:
            self._put(partial(self.app.backend.move_file, file.id, to), self.read_neighbour)

    def action_copy_file(self) -> None:
        """Ask where to, and beside the file itself for another name."""
        if isinstance(file := self.selected, GcodeFile):
            self._choose(
                f"Copy {file.name} into which folder?", file.folder, partial(self._copy, file)
            )

    def _copy(self, file: GcodeFile, to: str) -> None:
        def copy(name: str | None) -> None:
            if name is not None:
                self._put(partial(self.app.backend.copy_file, file.id, to, name), self.read)

        if to != file.folder:
            copy(file.name)
            return
        stem, dot, ending = file.name.rpartition(".")
        other = f"{stem}-copy.{ending}" if dot else f"{file.name}-copy"
        self.app.push_screen(
            AskScreen(f"The name of the copy of {file.name}", name_of, value=other), copy
        )

    def _put(self, put: Callable[[], Awaitable[GcodeFile]], then: Call) -> None:
        async def perform() -> None:
            self.app.say(f"It is {(await put()).path} now.")

        self.app.perform(perform, then=then)

    def _choose(
        self, title: str, present: str, take: Callable[[str], None], *, without: str = ""
    ) -> None:
        """Have one of the folders chosen, but none in `without`; `present` is marked."""
        paths = ["", *(path for path in self.folders if not _is_in(path, without))]
        paths = [path for path in paths if not _is_in(path, SD)]  # nothing is moved there
        offered = [(path or TOP, "where it is" if path == present else "") for path in paths]

        def chosen(index: int | None) -> None:
            if index is not None:
                take(paths[index])

        now = paths.index(present) if present in paths else 0
        self.app.push_screen(ChooseScreen(title, offered, now), chosen)


def name_of(text: str) -> str:
    """A name as it was typed. Raises `UsageError` for none."""
    if not text:
        raise UsageError("It needs a name.")
    return text


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _is_in(path: str, folder: str) -> bool:
    return bool(folder) and f"{path}/".startswith(f"{folder}/")
