"""What is done with the files of the library."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from gbterm.backends.capability import Capability
from gbterm.files import GcodeFile, local_name
from gbterm.findings import FileCheck, Severity
from gbterm.keymap import key_of
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import GO_ON, OF_THE_SELECTED_FILE
from gbterm.screens.check import CheckScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.folders import FolderScreen, name_of
from gbterm.screens.frame import screen_bindings
from gbterm.screens.layers import LayerScreen
from gbterm.screens.path import PathScreen
from gbterm.widgets.file_list import Folder
from gbterm.widgets.path_input import destination, resolve

A_NEW_FILE = "No file there is called so yet."


class FilesScreen(FolderScreen):
    """Prints, selects, shows, uploads, downloads, renames and deletes files."""

    NAME = "files"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("files")

    def impossible(self) -> set[str]:
        """What needs a file that isn't selected; one transfer at a time."""
        busy = {"print", "check_file", "upload", "download"} if self.transfer else set[str]()
        busy |= self.impossible_on_card()
        if isinstance(self.selected, GcodeFile):
            return busy
        return busy | set(OF_THE_SELECTED_FILE) - self.possible_with_folder()

    @property
    def file(self) -> GcodeFile:
        """The selected one; actions that need one are possible with one alone."""
        assert isinstance(self.selected, GcodeFile)
        return self.selected

    def action_print(self) -> None:
        """Print the selected file and show the job; where something is found in it, tell first."""
        file = self.file
        if Capability.CHECK in self.app.backend.capabilities:
            self._look(file, partial(self._print_checked, file))
        else:
            self._print(file)

    def action_check_file(self) -> None:
        """Show what is found in the selected file."""
        self._look(self.file, lambda found: self.app.push_screen(CheckScreen(found)))

    def _look(self, file: GcodeFile, then: Callable[[FileCheck], object]) -> None:
        async def look() -> None:
            then(await self.app.backend.check_file(file.id))

        self.app.perform(partial(self.during, f"Checking {file.name}", look))

    def _print_checked(self, file: GcodeFile, found: FileCheck) -> None:
        if found.worst in (None, Severity.NOTE):
            self._print(file)
            return

        def print_it(sure: bool | None) -> None:
            if sure:
                self._print(file, confirmed=True)

        screen = CheckScreen(found, prints=True, overtaken=self.app.can_not_begin)
        self.app.push_screen(screen, print_it)

    def _print(self, file: GcodeFile, *, confirmed: bool = False) -> None:
        start = partial(self.app.backend.print_file, file.id)
        what = f"Starting {file.name}"
        self.app.perform(
            partial(self.during, what, partial(start, confirmed=confirmed)),
            agreed=partial(self.during, what, partial(start, confirmed=True)),
            asks=partial(GO_ON, overtaken=self.app.can_not_begin),
            then=self._show_job,
        )

    async def _show_job(self) -> None:
        """Unless somebody does something else by now: what is typed there is for that."""
        if self.is_active:
            await self.app.action_show("job")

    def action_select_file(self) -> None:
        """Select it at the printer, which prints it once somebody starts it."""
        file = self.file

        async def say() -> None:
            start, job = key_of("start_selected"), key_of("job")
            self.app.say(f"{file.name} is selected: {job}, then {start} prints it.")

        self.app.perform(partial(self.app.backend.select_file, file.id), then=say)

    def action_view_layers(self) -> None:
        """Look at it layer by layer, from the one that it is printing."""
        job = self.app.state.job
        prints = job is not None and not job.outcome and job.file_id == self.file.id
        layer = job.layer if job is not None and prints and job.layer else 1
        self.app.push_screen(LayerScreen(self.app.backend, self.file, self.app.draws, layer))

    def action_upload(self) -> None:
        """Ask for a path, then send the file."""
        title = "Upload a G-code file from this computer"
        self.app.push_screen(PathScreen(title, "uploads", resolve), self._upload)

    def _upload(self, path: Path | None) -> None:
        if path is not None:
            send = partial(self._send, path, self.folder)
            self.app.perform(partial(self.during, f"Uploading {path.name}", send), then=self.read)

    async def _send(self, path: Path, folder: str) -> None:
        self.selected = file = await self.app.backend.upload(path, self.progressed, folder)
        self.app.say(f"{file.name} is in the library; Enter prints it.")

    def action_download(self) -> None:
        """Ask where to, and before a file there is replaced, then get it."""
        file = self.file
        name = local_name(file.name)
        title = f"Put {file.name} on this computer's disk"
        where = partial(destination, name=name)
        here = str(Path.cwd() / name)
        asked = PathScreen(title, "writes it there", where, value=here, nothing=A_NEW_FILE)
        self.app.push_screen(asked, partial(self._download, file))

    def _download(self, file: GcodeFile, path: Path | None) -> None:
        if path is None:
            return
        if not os.path.lexists(path):
            self._get(file, path, True)
            return
        question = ConfirmScreen(
            f"{path} is there already. Replace it?", yes="Replace it", no="Keep it"
        )
        self.app.push_screen(question, partial(self._get, file, path, replaces=True))

    def _get(self, file: GcodeFile, path: Path, sure: bool | None, replaces: bool = False) -> None:
        async def get() -> None:
            await self.app.backend.download_file(file.id, path, self.progressed, confirmed=replaces)
            self.app.say(f"{path} is written.")

        if sure:
            self.app.perform(partial(self.during, f"Downloading {file.name}", get))

    def action_rename(self) -> None:
        """Ask for another name."""
        if isinstance(self.selected, Folder):
            self.rename_folder(self.selected)
            return
        file = self.file

        async def give(name: str) -> None:
            self.selected = await self.app.backend.rename_file(file.id, name)

        def rename(name: str | None) -> None:
            if name is not None and name != file.name:
                self.app.perform(partial(give, name), then=self.read)

        self.app.push_screen(AskScreen(f"Rename {file.name}", name_of, value=file.name), rename)

    def action_delete(self) -> None:
        """Ask, then delete what is selected."""
        if isinstance(self.selected, Folder):
            self.delete_folder(self.selected)
            return
        file = self.file

        def delete(sure: bool | None) -> None:
            if sure:
                gone = partial(self.app.backend.delete_file, file.id)
                self.app.perform(gone, then=self.read_neighbour)

        question = f"Delete {file.name} from the library? It can't be brought back."
        self.app.push_screen(ConfirmScreen(question, yes="Delete", no="Keep"), delete)
