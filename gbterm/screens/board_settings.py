"""The settings that the board keeps: what is active, what of it is not stored, and changing it."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from functools import partial
from typing import ClassVar, Protocol

from textual import getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from gbterm.backends.capability import Capability
from gbterm.board_settings import ABSENT, BoardSetting, BoardSettings
from gbterm.errors import GbtermError
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Console
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.dialog import Dialog
from gbterm.screens.newest import Newest
from gbterm.screens.settings_copy import offer_copies
from gbterm.text import scrub
from gbterm.widgets.words import counted

READING = "The board is asked for its settings ..."


class Conversation(Protocol):
    """Asks the board for something that its user may have to agree to."""

    def __call__(self, *, confirmed: bool) -> Awaitable[BoardSettings]: ...


class BoardSettingsScreen(Dialog[None]):
    """A setting a row; `*` marks those of which another value is stored."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("s", "store", "Store", show=False),
        Binding("l", "load", "Load", show=False),
        Binding("o", "reset", "Defaults", show=False),
        Binding("c", "copies", "Copies", show=False),
    ]
    HINT = "Enter changes, s stores, l loads, o: defaults, c: copies, Esc closes."
    WIDE = True

    app = getters.app(Console)
    rows = getters.query_one(OptionList)
    title_line = getters.query_one("#title", Static)
    note = getters.query_one("#note", Static)

    def __init__(self) -> None:
        super().__init__()
        self.settings: BoardSettings | None = None
        self._answers = Newest(self.show)

    def head(self) -> Iterable[Widget]:
        """What is not stored, and the list."""
        yield Static("Settings of the board", classes="title", id="title")
        yield OptionList(compact=True)

    def text(self) -> Iterable[Widget]:
        """More of the one that is marked."""
        yield Static(READING, id="note")

    def on_mount(self) -> None:
        """Ask for them."""
        super().on_mount()
        self.app.perform(self._read)

    async def _read(self) -> None:
        try:
            await self._answers.ask(self.app.backend.board_settings)
        except GbtermError as error:
            self._say(str(error))

    def show(self, settings: BoardSettings) -> None:
        """List them, with the mark where it was; not where nobody looks any more."""
        if not self.is_open:
            return
        marked = self.rows.highlighted
        self.settings = settings
        self.rows.clear_options()
        self.rows.add_options(map(_row, settings.settings))
        if settings.settings:
            self.rows.highlighted = min(marked or 0, len(settings.settings) - 1)
        self.title_line.update(Content(f"Settings of the board: {_summary(settings)}"))
        self._tell()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say more of it."""
        event.stop()
        self._tell()

    @property
    def marked(self) -> BoardSetting | None:
        """The setting with the mark."""
        index, settings = self.rows.highlighted, self.settings
        return None if settings is None or index is None else settings.settings[index]

    def _tell(self) -> None:
        if self.settings is not None and (setting := self.marked) is not None:
            self._say(_about(self.settings, setting))

    def _say(self, text: str) -> None:
        if self.is_open:
            self.note.update(Content(scrub(text)))
            self.fit()

    # What is done with them.

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: another value."""
        event.stop()
        if (setting := self.marked) is None:
            return
        about = f"Now {setting.value}. {setting.heading}"
        ask: AskScreen[str] = AskScreen(
            f"New value of {setting.name}", str, note=about, value=setting.value
        )
        self.app.push_screen(ask, partial(self._change, setting.name))

    def _change(self, name: str, value: str | None) -> None:
        if value is not None:
            change = partial(self.app.backend.set_board_settings, {name: value})
            self._converse(change, "Change it", f"{name} is set; it is not stored yet.")

    def action_store(self) -> None:
        """M500."""
        store = self.app.backend.store_board_settings
        self._converse(store, "Store them", "The settings are stored.")

    def action_load(self) -> None:
        """M501."""
        load = self.app.backend.load_board_settings
        self._converse(load, "Load them", "The stored settings are active.")

    def action_reset(self) -> None:
        """M502."""
        reset = self.app.backend.reset_board_settings
        self._converse(reset, "Take the defaults", "The defaults are active; they are not stored.")

    def action_copies(self) -> None:
        """Those that were saved."""
        try:
            self.app.backend.require(Capability.SETTINGS_COPIES, "keep copies of settings")
        except GbtermError as error:
            self.app.say(str(error), "warning")
        else:
            offer_copies(self.app)

    def on_screen_resume(self) -> None:
        """A copy may have been gone back to."""
        if self.settings is not None:
            self.app.perform(self._read)

    def _converse(self, ask: Conversation, yes: str, done: str) -> None:
        async def run(*, confirmed: bool) -> None:
            try:
                await self._answers.ask(partial(ask, confirmed=confirmed))
            except GbtermError:
                # What was done before the error shows.
                await self._read()
                raise

        async def tell() -> None:
            self.app.say(done)

        self.app.perform(
            partial(run, confirmed=False),
            agreed=partial(run, confirmed=True),
            asks=partial(ConfirmScreen, yes=yes, no="Leave them", overtaken=self._overtaken),
            then=tell,
        )

    def _overtaken(self) -> str:
        return self.app.can_not_begin() and "The printer is busy: its settings were left alone."

    def action_close(self) -> None:
        """Leave; what is active and not stored is said."""
        if self.settings is not None and (count := len(self.settings.differing)):
            self.app.say(f"{counted(count, 'setting')} active but not stored.", "warning")
        self.dismiss(None)


def _row(setting: BoardSetting) -> Content:
    mark = "*" if setting.differs else " "
    stored = f"stored {setting.stored}" if setting.differs else ""
    return Content.assemble(
        f"{mark} ",
        (f"{scrub(setting.name, 16):<16}", "bold"),
        f"{scrub(setting.value, 12):>12}  {scrub(stored, 20):<20}",
        (scrub(setting.heading, 60), "dim"),
    )


def _summary(settings: BoardSettings) -> str:
    if settings.why:
        return "none are stored" if settings.stored == ABSENT else "what is stored is not known"
    return f"{len(settings.differing) or 'none'} not stored"


def _about(settings: BoardSettings, setting: BoardSetting) -> str:
    if setting.stored is None:
        stored = settings.why
    else:
        stored = f"Stored: {setting.stored}." if setting.differs else "Stored so."
    return f"{setting.heading}. {setting.name} is {setting.value}. {stored}"
