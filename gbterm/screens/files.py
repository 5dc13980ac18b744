"""The library: upload, print and delete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget

from gbterm.backends.capability import Capability
from gbterm.files import GcodeFile
from gbterm.model import Phase, PrinterState
from gbterm.screens.base import Call, PrinterScreen, screen_bindings
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.upload import UploadScreen
from gbterm.widgets.file_details import FileDetails
from gbterm.widgets.file_table import FileTable
from gbterm.widgets.transfer import Transfer, TransferLine

EMPTY = "The library is empty. Press u to upload a G-code file from this computer's disk."
UNREAD = "The list of files has not been read. Press r to try again."


@dataclass
class TransferProgressed(Message):
    """Part of a file is there, in bytes; only the latest matters."""

    done: int
    total: int

    def can_replace(self, message: Message) -> bool:
        """A flood collapses into one."""
        return isinstance(message, TransferProgressed)


class FilesScreen(PrinterScreen):
    """A table of the files, details of the selected one, the state of an upload."""

    NAME = "files"
    CSS_PATH = "files.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("files")

    files: var[tuple[GcodeFile, ...] | None] = var(None)
    """None until the list was read."""
    selected: var[GcodeFile | None] = var(None)
    transfer: var[Transfer | None] = var(None)
    reachable: var[bool] = var(False)

    def content(self) -> Iterable[Widget]:
        """The table takes what the others leave."""
        yield FileTable()
        yield FileDetails()
        yield TransferLine().data_bind(FilesScreen.transfer)

    def show_state(self, state: PrinterState) -> None:
        """Read the list again whenever the printer's server came back."""
        super().show_state(state)
        self.reachable = state.phase is not Phase.DISCONNECTED

    def watch_reachable(self, reachable: bool) -> None:
        """The server came or went."""
        if reachable:
            self.action_refresh()

    def impossible(self) -> set[str]:
        """Nothing to print or delete without a selection; one transfer at a time."""
        without_file = {"print", "delete"} if self.selected is None else set[str]()
        return without_file | ({"print", "upload"} if self.transfer else set[str]())

    # What is in the library

    def action_refresh(self) -> None:
        """Read the list again."""
        if Capability.FILES in self.app.backend.capabilities:
            self.app.perform(self._read)

    async def _read(self) -> None:
        self.files = tuple(await self.app.backend.files())

    def watch_files(self) -> None:
        """Fill the table; the selected file stays selected."""
        table = self.query_one(FileTable)
        table.fill(self.files or (), self.size.width, self.selected.id if self.selected else None)
        self._select(table.cursor_row)

    def on_resize(self) -> None:
        """Columns follow the width."""
        self.watch_files()

    @on(FileTable.RowHighlighted)
    def _highlighted(self, event: FileTable.RowHighlighted) -> None:
        self._select(event.cursor_row)

    def _select(self, row: int) -> None:
        files = self.files or ()
        self.selected = files[row] if 0 <= row < len(files) else None
        details = self.query_one(FileDetails)
        details.file, details.note = self.selected, self._note()
        self.update_possible()

    def _note(self) -> str:
        if Capability.FILES not in self.app.backend.capabilities:
            return "This connection has no library of files."
        return UNREAD if self.files is None else EMPTY

    # What is done with it

    @on(FileTable.Entered)
    async def _enter(self) -> None:
        await self.app.run_action_of("print")

    def action_print(self) -> None:
        """Print the selected file and show the job."""
        if (file := self.selected) is not None:
            start = partial(self.app.backend.print_file, file.id)
            self.app.perform(
                partial(self._while, f"Starting {file.name}", start),
                agreed=partial(
                    self._while, f"Starting {file.name}", partial(start, confirmed=True)
                ),
                then=partial(self.app.action_show, "job"),
            )

    def action_upload(self) -> None:
        """Ask for a path, then send the file."""
        self.app.push_screen(UploadScreen(), self._upload)

    def _upload(self, path: Path | None) -> None:
        if path is not None:
            send = partial(self._send, path)
            self.app.perform(partial(self._while, f"Uploading {path.name}", send), then=self._read)

    async def _send(self, path: Path) -> None:
        def progress(done: int, total: int) -> None:
            self.post_message(TransferProgressed(done, total))

        self.selected = await self.app.backend.upload(path, progress)
        self.app.say(f"{self.selected.name} is in the library; Enter prints it.")

    async def _while(self, what: str, call: Call) -> None:
        """Show `what` for as long as `call` takes; there is only one such at a time."""
        self._show_transfer(Transfer(what))
        try:
            await call()
        finally:
            self._show_transfer(None)

    def _show_transfer(self, transfer: Transfer | None) -> None:
        self.transfer = transfer
        self.app.under_way = transfer.what if transfer else ""
        self.update_possible()

    def on_transfer_progressed(self, event: TransferProgressed) -> None:
        """Show it, unless it came after the end."""
        if self.transfer is not None:
            self.transfer = replace(self.transfer, done=event.done, total=event.total)

    def action_delete(self) -> None:
        """Ask, then delete the selected file."""
        if (file := self.selected) is None:
            return

        def delete(sure: bool | None) -> None:
            if sure:
                self.app.perform(partial(self.app.backend.delete_file, file.id), then=self._read)

        question = f"Delete {file.name} from the library? It can't be brought back."
        self.app.push_screen(ConfirmScreen(question, yes="Delete", no="Keep"), delete)
