"""What a board keeps: steps, and the PID of a tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gbterm import board_settings
from gbterm.backends.capability import Capability
from gbterm.board_settings import BoardSettings, Difference, SettingsCopy
from gbterm.errors import NeedsConfirmation, PrinterError, UsageError
from gbterm.firmware_settings import read
from tests.memory_backend.core import NOON, Core

DEFAULTS: Mapping[str, str] = {
    **{"M92 X": "80.00", "M92 E": "93.00"},
    **{"M301 E0 P": "22.20", "M301 E0 I": "1.08", "M301 E0 D": "114.00"},
}


class Kept(Core):
    """They are known from the start."""

    active: Mapping[str, str] = DEFAULTS
    stored: Mapping[str, str] = DEFAULTS
    copies: Mapping[str, tuple[str, ...]] = {}
    takes = True
    """Whether it takes another value."""

    async def board_settings(self) -> BoardSettings:
        await self._called("board_settings", Capability.BOARD_SETTINGS)
        self._idle("list settings")
        return self._told()

    def _told(self) -> BoardSettings:
        pid = "M301 E0 P{M301 E0 P} I{M301 E0 I} D{M301 E0 D}"
        lines = ("; Steps per unit:", "M92 X{M92 X} E{M92 E}", "; PID:", pid)

        def listed(values: Mapping[str, str]) -> tuple[str, ...]:
            return tuple(line.format_map(values) for line in lines)

        active, stored = read(listed(self.active)), read(listed(self.stored))
        return board_settings.told(active, stored, board_settings.KNOWN, "")

    async def set_board_settings(
        self, changes: Mapping[str, str], *, confirmed: bool = False
    ) -> BoardSettings:
        await self._called("set_board_settings", Capability.BOARD_SETTINGS)
        self._idle("change settings")
        for name in changes:
            if name not in self.active:
                raise UsageError(f"The board lists no setting {name!r}.")
        if not self.takes:
            raise PrinterError("The board did not take it.")
        self.active = {**self.active, **changes}
        return self._told()

    async def store_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        await self._called("store_board_settings", Capability.BOARD_SETTINGS)
        _agreed("Store the active settings?", confirmed=confirmed)
        self.stored = self.active
        return self._told()

    async def load_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        await self._called("load_board_settings", Capability.BOARD_SETTINGS)
        _agreed("Load the stored settings?", confirmed=confirmed)
        self.active = self.stored
        return self._told()

    async def reset_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        await self._called("reset_board_settings", Capability.BOARD_SETTINGS)
        _agreed("Take the defaults?", confirmed=confirmed)
        self.active = DEFAULTS
        return self._told()

    async def settings_copies(self) -> list[SettingsCopy]:
        await self._called("settings_copies", Capability.SETTINGS_COPIES)
        return [SettingsCopy(name, NOON, len(lines)) for name, lines in self.copies.items()]

    async def save_settings_copy(self, name: str, *, confirmed: bool = False) -> SettingsCopy:
        await self._called("save_settings_copy", Capability.SETTINGS_COPIES)
        if name in self.copies:
            _agreed(f"There is a copy {name} already: replace it?", confirmed=confirmed)
        self.copies = {**self.copies, name: self._told().commands}
        return SettingsCopy(name, NOON, 3)

    async def compare_settings_copy(self, name: str) -> list[Difference]:
        await self._called("compare_settings_copy", Capability.SETTINGS_COPIES)
        if name not in self.copies:
            raise UsageError(f"There is no copy {name!r}.")
        return list(board_settings.differences(self._told(), self.copies[name]))

    async def restore_settings_copy(
        self, name: str, only: Sequence[str] | None = None, *, confirmed: bool = False
    ) -> BoardSettings:
        found = board_settings.changes(await self.compare_settings_copy(name))
        if only is not None:
            found = {setting: found[setting] for setting in only}
        _agreed(f"Go by the copy {name} again?", confirmed=confirmed)
        return await self.set_board_settings(found)

    async def delete_settings_copy(self, name: str) -> None:
        await self._called("delete_settings_copy", Capability.SETTINGS_COPIES)
        self.copies = {other: lines for other, lines in self.copies.items() if other != name}


def _agreed(question: str, *, confirmed: bool) -> None:
    if not confirmed:
        raise NeedsConfirmation(question)
