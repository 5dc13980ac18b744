"""Saved copies of a board's settings: made, compared with what is active, and gone back to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from gbterm.board_settings import Difference, SettingsCopy
from gbterm.errors import GbtermError
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Console
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.dialog import Dialog
from gbterm.text import scrub
from gbterm.widgets.stream_words import moment
from gbterm.widgets.words import counted

SAVE = "Save what is active"


def offer_copies(app: Console) -> None:
    """Choose a copy, or make one."""
    found: list[SettingsCopy] = []

    async def read() -> None:
        found.extend(await app.backend.settings_copies())

    async def choose() -> None:
        offered = [(SAVE, "as a new copy"), *((copy.name, _about(copy)) for copy in found)]
        app.push_screen(ChooseScreen("Which copy?", offered), chosen)

    def chosen(index: int | None) -> None:
        if index is not None and index > 0:
            app.push_screen(SettingsCopyScreen(found[index - 1].name))
        elif index == 0:
            note = "Letters, digits, spaces, . _ and -"
            app.push_screen(AskScreen("Name of the copy", str, note=note), partial(_save, app))

    app.perform(read, then=choose)


def _about(copy: SettingsCopy) -> str:
    return f"{moment(copy.saved_at)}, {counted(copy.settings, 'setting')}"


def _save(app: Console, name: str | None) -> None:
    if name is None:
        return

    async def save(*, confirmed: bool) -> None:
        await app.backend.save_settings_copy(name, confirmed=confirmed)

    async def tell() -> None:
        app.say(f"The settings are saved as {name}.")

    app.perform(
        partial(save, confirmed=False),
        agreed=partial(save, confirmed=True),
        asks=partial(ConfirmScreen, yes="Replace it", no="Keep it"),
        then=tell,
    )


class SettingsCopyScreen(Dialog[None]):
    """A row for each setting that the copy has otherwise than the board."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("a", "restore_all", "All", show=False),
        Binding("x", "delete", "Delete", show=False),
    ]
    HINT = "Enter goes back to one, a to all, x deletes the copy, Esc closes."
    WIDE = True

    app = getters.app(Console)
    rows = getters.query_one(OptionList)
    note = getters.query_one("#note", Static)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._copy = name
        self.differences: list[Difference] = []

    def head(self) -> Iterable[Widget]:
        """Which copy, and where it differs."""
        yield Static(Content(f"Copy {scrub(self._copy)}"), classes="title")
        yield OptionList(compact=True)

    def text(self) -> Iterable[Widget]:
        """How many."""
        yield Static("The board is asked for its settings ...", id="note")

    def on_mount(self) -> None:
        """Compare."""
        super().on_mount()
        self.app.perform(self._read)

    async def _read(self) -> None:
        try:
            self.differences = await self.app.backend.compare_settings_copy(self._copy)
        except GbtermError as error:
            self._say(scrub(str(error)))
            return
        if not self.is_open:
            return  # it was left meanwhile
        marked = self.rows.highlighted or 0
        self.rows.clear_options()
        self.rows.add_options(map(_row, self.differences))
        if count := len(self.differences):
            self.rows.highlighted = min(marked, count - 1)
        self._say(f"Not as on the board: {counted(count, 'setting')}.")

    def _say(self, text: str) -> None:
        if self.is_open:
            self.note.update(Content(text))
            self.fit()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: go back to this one."""
        event.stop()
        self._restore([self.differences[event.option_index].name])

    def action_restore_all(self) -> None:
        """Go back to all of them."""
        self._restore(None)

    def _restore(self, only: list[str] | None) -> None:
        async def restore(*, confirmed: bool) -> None:
            try:
                await self.app.backend.restore_settings_copy(self._copy, only, confirmed=confirmed)
            finally:
                await self._read()

        async def tell() -> None:
            self.app.say("The settings of the copy are active; s stores them on the list before.")

        self.app.perform(
            partial(restore, confirmed=False),
            agreed=partial(restore, confirmed=True),
            asks=partial(ConfirmScreen, yes="Go back", no="Leave them"),
            then=tell,
        )

    def action_delete(self) -> None:
        """The copy, after a question."""

        async def delete() -> None:
            await self.app.backend.delete_settings_copy(self._copy)
            self.dismiss(None)

        def answered(sure: bool | None) -> None:
            if sure:
                self.app.perform(delete)

        question = ConfirmScreen(f"Delete the copy {self._copy}?", yes="Delete it", no="Keep it")
        self.app.push_screen(question, answered)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)


def _row(found: Difference) -> Content:
    return Content.assemble(
        (f"{scrub(found.name, 16):<16}", "bold"),
        f"{scrub(found.value or 'none', 12):>12}  copy {scrub(found.copied or 'none', 12):<12}  ",
        (scrub(found.heading, 60), "dim"),
    )
