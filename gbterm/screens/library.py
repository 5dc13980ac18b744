"""What the Files screen shows: the list, the picture and the details of what is selected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import var
from textual.timer import Timer
from textual.widget import Widget

from gbterm.backends.capability import Capability
from gbterm.files import GcodeFile
from gbterm.keymap import actions_of
from gbterm.keymap.action import Footer
from gbterm.model import Phase, PrinterState
from gbterm.pictures import Pictures
from gbterm.screens.newest import Newest
from gbterm.screens.transfer import TransferScreen
from gbterm.widgets.file_details import FileDetails
from gbterm.widgets.file_list import Entry, Folder, Order, listed
from gbterm.widgets.file_table import FileTable
from gbterm.widgets.search_line import SearchLine
from gbterm.widgets.thumbnail import Thumbnail
from gbterm.widgets.transfer import TransferLine

EMPTY = "The library is empty. Press u to upload a G-code file from this computer's disk."
UNREAD = "The list of files has not been read. Press r to try again."
NONE = "This connection has no library of files."
EMPTY_FOLDER = "This folder is empty. Backspace goes back, u uploads a file into it."
NOT_FOUND = "No file has that in its name. Esc shows all of them."

Listing = tuple[tuple[str, ...], tuple[GcodeFile, ...]]
"""The folders, and the files."""

PICTURE_AFTER_S = 0.2
"""A picture costs thousands of bytes, so those on the way to another file aren't drawn."""


class LibraryScreen(TransferScreen):
    """Reads the list, and shows what is looked for of it, in the order that is wished."""

    CSS_PATH = "files.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "end_search", "Show all", show=False),
        Binding("backspace", "leave_folder", "Leave the folder", show=False),
    ]

    files: var[tuple[GcodeFile, ...] | None] = var(None)
    """None until the list was read."""
    folders: var[tuple[str, ...]] = var(())
    """The paths of all that there are, where the library has folders."""
    selected: var[Entry | None] = var(None)
    order: var[Order] = var(Order.NEWEST)
    search: var[str] = var("")
    folder: var[str] = var("")
    """The one that is shown, where there are folders."""
    reachable: var[bool] = var(False)

    table = getters.query_one(FileTable)
    details = getters.query_one(FileDetails)
    find = getters.query_one(SearchLine)
    below = getters.query_one(TransferLine)
    picture = getters.query_one(Thumbnail)

    _soon: Timer | None = None

    def __init__(self) -> None:
        """Nothing is read yet."""
        super().__init__()
        self._answers = Newest(self._found)

    def content(self) -> Iterable[Widget]:
        """The table takes what the others leave."""
        with Horizontal(id="library"):
            with Vertical():
                yield FileTable()
                yield SearchLine()
            yield Thumbnail(self.app.pictures)
        yield FileDetails()
        yield TransferLine().data_bind(TransferScreen.transfer)

    def on_mount(self) -> None:
        """Keys are about the row with the cursor."""
        super().on_mount()
        self.watch(self.table, "cursor", self._select, init=False)

    def show_state(self, state: PrinterState) -> None:
        """Read the list again whenever the printer's server came back."""
        super().show_state(state)
        self.reachable = state.phase is not Phase.DISCONNECTED

    def watch_reachable(self, reachable: bool) -> None:
        """The server came or went."""
        if reachable:
            self.action_refresh()

    def update_possible(self) -> None:
        """Name the keys that the bottom line has no room for."""
        super().update_possible()
        unnamed = [a for a in actions_of(self.NAME) if a.screen and a.footer is Footer.NEVER]
        able = [a for a in unnamed if a.needs in self.app.backend.capabilities]
        self.below.room = tuple(f"{a.shown} {a.title}" for a in able)
        self.below.keys = tuple(f"{a.shown} {a.title}" for a in able if a.name in self.possible)

    def action_refresh(self) -> None:
        """Read the list again."""
        if Capability.FILES in self.app.backend.capabilities:
            self.app.perform(self.read)

    async def read(self) -> None:
        """Ask for all that there is."""
        await self._answers.ask(self._all)

    async def _all(self) -> Listing:
        backend = self.app.backend
        files = tuple(await backend.files())
        has_folders = bool((Capability.FOLDERS | Capability.CARD) & backend.capabilities)
        return tuple(await backend.folders()) if has_folders else (), files

    def _found(self, listing: Listing) -> None:
        self.folders, self.files = listing

    def watch_folders(self) -> None:
        """There are others now."""
        self._list()

    def watch_files(self) -> None:
        """There are others now; where none has a picture, none takes room."""
        some = any(file.thumbnail_png_base64 for file in self.files or ())
        self.picture.display = some and self.app.pictures is not Pictures.NONE
        self._list()

    def watch_order(self) -> None:
        """In another order."""
        self._list()

    def watch_search(self) -> None:
        """Others are looked for."""
        self._list()

    def watch_folder(self) -> None:
        """Another folder is open."""
        self._list()

    def _list(self) -> None:
        """Fill the table; the selected file stays selected."""
        files = self.files or ()
        entries = listed(files, self.order, self.search, self.folder, self.folders)
        is_there = entries or self.search or self.folder in self.folders
        if self.folder and not is_there:
            self.folder = ""  # it went with its last file
            return
        self.table.folder = None if self.search else self.folder
        self.table.show(entries, self.order, self.selected)
        self.find.tell(len(entries) if self.search else len(files), len(files))
        self._select()

    def _select(self) -> None:
        self.selected = self.table.selected
        self.details.entry, self.details.note = self.selected, self._note()
        self.update_possible()
        if self.picture.display:
            if self._soon is not None:
                self._soon.stop()
            self._soon = self.set_timer(PICTURE_AFTER_S, self._show_picture)

    def _show_picture(self) -> None:
        file = self.selected
        shown = file.thumbnail_png_base64 if isinstance(file, GcodeFile) else ""
        self.picture.png_base64 = shown

    def _note(self) -> str:
        if Capability.FILES not in self.app.backend.capabilities:
            return NONE
        if self.files is None:
            return UNREAD
        return NOT_FOUND if self.search else EMPTY_FOLDER if self.folder else EMPTY

    def action_sort_files(self) -> None:
        """Go by what comes next."""
        self.order = self.order.following()

    def action_search_files(self) -> None:
        """Have a part of a name typed."""
        self.find.line.focus()

    def action_end_search(self) -> None:
        """Esc."""
        self.find.action_clear()

    @on(SearchLine.Changed)
    def _search(self, event: SearchLine.Changed) -> None:
        self.search = event.text

    @on(SearchLine.Left)
    def _searched(self) -> None:
        self.table.focus()

    async def action_enter(self) -> None:
        """Enter on a row."""
        if isinstance(self.selected, Folder):
            self.folder = self.selected.path
        else:
            await self.app.run_action_of("print")

    def action_leave_folder(self) -> None:
        """Go up, with the cursor on the folder that was left."""
        if self.folder:
            self.selected = Folder(self.folder, 0)
            self.folder = self.folder.rpartition("/")[0]
