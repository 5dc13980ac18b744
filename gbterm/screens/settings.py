"""How this console is, and who says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from gbterm import config_edit, config_file, keymap
from gbterm.beside import beside
from gbterm.config import ConfigFile, KeyChoice
from gbterm.keymap.keys import shown
from gbterm.screens.ask import AskScreen
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.frame import PrinterScreen, screen_bindings
from gbterm.screens.newest import Newest
from gbterm.settings import Setting, as_written, settings
from gbterm.text import scrub
from gbterm.widgets.note import Note
from gbterm.widgets.setting_table import SettingTable

KEYS_NOTE = "Keys with a space between them, as: Space Ctrl+B F5"
READ_ONLY = "Change it in the configuration of the computer that the printer hangs on."


class SettingsScreen(PrinterScreen):
    """A table of the settings, and below it what the selected one is about."""

    NAME = "settings"
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("settings")

    settings: var[tuple[Setting, ...]] = var(())
    selected: var[Setting | None] = var(None)

    def __init__(self) -> None:
        """Nothing is read yet."""
        super().__init__()
        self._answers = Newest(self._show)

    def content(self) -> Iterable[Widget]:
        """The table takes what the note leaves."""
        yield SettingTable()
        yield Note()

    def on_mount(self) -> None:
        """Keys are about the row with the cursor."""
        super().on_mount()
        table = self.query_one(SettingTable)
        self.watch(table, "cursor_coordinate", lambda: self._select(table.cursor_row), init=False)

    def on_screen_resume(self) -> None:
        """Somebody else may have changed the file."""
        self.app.perform(self._read)

    async def _read(self) -> None:
        backend = self.app.backend

        def read() -> tuple[Setting, ...]:
            return settings(config_file.load(), self.app.terminal, backend.name, backend.limits)

        await self._answers.ask(lambda: beside(read))

    def _show(self, found: tuple[Setting, ...]) -> None:
        self.settings = found

    def watch_settings(self) -> None:
        """Fill the table."""
        table = self.query_one(SettingTable)
        rows = [(setting.title, setting.value, setting.source) for setting in self.settings]
        table.fill(rows, self.size.width)
        self._select(table.cursor_row)

    def on_resize(self) -> None:
        """Columns follow the width."""
        self.watch_settings()

    def _select(self, row: int) -> None:
        self.selected = self.settings[row] if 0 <= row < len(self.settings) else None
        self.update_possible()
        self.query_one(Note).texts = tuple(self._texts(self.selected))

    def _texts(self, setting: Setting | None) -> Iterable[Content]:
        if setting is not None:
            yield Content.assemble((scrub(setting.title), "bold"), f"  {scrub(setting.source)}")
            yield Content(scrub(setting.about if setting.name else f"{setting.about} {READ_ONLY}"))

    def impossible(self) -> set[str]:
        """What is the printer's is shown only; what nobody said can't be taken back."""
        setting = self.selected
        if setting is None or not (setting.choices or setting.table == "keys"):
            return {"change_setting", "reset_setting"}
        is_ours = setting.source == str(config_edit.user_file())
        return set() if is_ours else {"reset_setting"}

    # What is done with it

    async def action_enter(self) -> None:
        """Enter on a row."""
        await self.app.run_action_of("change_setting")

    def action_change_setting(self) -> None:
        """Choose, or type keys."""
        if (setting := self.selected) is None:
            return
        if setting.table == "keys":
            check = partial(checked, setting.name)
            ask = AskScreen(
                f"Keys of {setting.name}", check, note=KEYS_NOTE, value=written(setting.name)
            )
            self.app.push_screen(ask, partial(self._keep, setting))
            return
        now = setting.choices.index(setting.value) if setting.value in setting.choices else 0

        def chosen(index: int | None) -> None:
            if index is not None:
                self._keep(setting, as_written(setting.choices, setting.choices[index]))

        choices = [(choice, "") for choice in setting.choices]
        self.app.push_screen(ChooseScreen(setting.title, choices, now), chosen)

    def action_reset_setting(self) -> None:
        """As it was at first."""
        if (setting := self.selected) is not None:
            self.app.perform(partial(self._write, setting, None))

    def _keep(self, setting: Setting, value: str | bool | list[str] | None) -> None:
        if value is not None:
            self.app.perform(partial(self._write, setting, value))

    async def _write(self, setting: Setting, value: Any) -> None:
        config = await beside(partial(config_edit.put, setting.table, {setting.name: value}))
        keymap.choose(config)
        self.app.take_keys()
        self.redraw_bars()
        await self._read()
        self.app.say(f"{setting.title}: it is in {config_edit.user_file()}.")


def checked(action: str, text: str) -> list[str]:
    """The keys that were typed for `action`. Raises `ConfigError`."""
    keys = text.split()
    config = config_file.load()
    others = [choice for choice in config.keys if choice.action != action]
    mine = KeyChoice(action, tuple(keys), ConfigFile(config_edit.user_file()))
    keymap.judge(replace(config, keys=(*others, mine)))
    return keys


def written(action: str) -> str:
    """The keys of `action` as a person would type them."""
    names = keymap.BY_NAME[action].keys.split(",")
    return " ".join(shown(name) for name in names if name)
