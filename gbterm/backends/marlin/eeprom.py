"""The settings of a board: listed, changed, stored and loaded, each verified by a new list.

Only while nothing is printed: a list is a hundred lines that the board says before its next move.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from gbterm import board_settings
from gbterm.backends.doing import wrong_state
from gbterm.backends.marlin import setting_values, stored
from gbterm.backends.marlin.outgoing import Answered, Outgoing
from gbterm.backends.marlin.stored import Stored
from gbterm.board_settings import BoardSettings
from gbterm.errors import (
    CommandTimeout,
    GbtermError,
    NeedsConfirmation,
    NotSupported,
    PrinterError,
    WrongState,
)
from gbterm.events import MotionLimitsTold
from gbterm.firmware_settings import Listing, read
from gbterm.model import Phase
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.backends.marlin.session import Session

ANSWER_S = 15.0
Ask = Callable[[str], Awaitable[tuple[str, ...]]]
LIST, STORE, LOAD, DEFAULTS = "M503", "M500", "M501", "M502"
STORED, LOADED, DEFAULTED = "Settings Stored", "settings retrieved", "Default Settings Loaded"


class Eeprom:
    """Of the board that `printer` drives."""

    def __init__(self, printer: Session) -> None:
        self._printer = printer
        self.stored = Stored()
        self._turn = asyncio.Lock()

    # Told of what goes on.

    def answered(self, answered: Answered) -> None:
        """The board has carried out a command of the host's."""
        text = answered.line.text
        if text == LIST.encode() and answered.was_heard and answered.replies:
            self._listed(read(answered.replies))
        self.stored.executed(text)

    def look(self) -> None:
        """The board is greeted: have it tell how it plans moves, and what it stores if it just
        started."""
        self._printer.core.send(Outgoing(LIST.encode(), replies=[]))
        self._printer.port.pump()

    def _listed(self, listing: Listing) -> None:
        self.stored.listed(listing)
        limits = listing.motion_limits
        if listing.settings and limits != self._printer.state.motion_limits:
            self._printer.report(MotionLimitsTold(limits))

    # Asked by people.

    async def told(self) -> BoardSettings:
        """All of them."""
        async with self._turn:
            return self._told(await self._list("list settings"))

    async def change(self, wanted: Mapping[str, str], *, confirmed: bool) -> BoardSettings:
        """Give settings other values, one command after the other; stop at the first refusal."""
        to, names = "change settings", setting_values.read_wanted(wanted)
        async with self._turn:
            listing = await self._list(to)
            plan = setting_values.planned(listing, names)
            odd = setting_values.odd(listing, plan)
            if odd and not confirmed:
                raise NeedsConfirmation(f"Change {setting_values.in_words(odd)}?")
            done: list[str] = []
            for change in plan:
                try:
                    said = await self._tell(change.command, to)
                    listing = await self._list(to)
                    if wrong := setting_values.refused(listing, change):
                        raise PrinterError(
                            f"The board did not take {change.command}: {wrong}.{_quoted(said)}"
                        )
                except GbtermError as error:
                    raise type(error)(f"{error} {_so_far(done)}") from error
                done += change.names
            return self._told(listing)

    async def store(self, *, confirmed: bool) -> BoardSettings:
        """M500."""
        to = "store settings"
        self._require_eeprom()
        async with self._turn:
            if not confirmed:
                raise NeedsConfirmation(self._question_for_store(await self._list(to)))
            said = await self._tell(STORE, to)
            if not _holds(said, STORED):
                raise PrinterError(
                    f"The board did not say that it stored its settings.{_quoted(said)}"
                )
            return self._told(await self._list(to))

    async def load(self, *, confirmed: bool) -> BoardSettings:
        """M501."""
        to = "load settings"
        self._require_eeprom()
        async with self._turn:
            if not confirmed:
                lost = self._told(await self._list(to)).differing
                which = setting_values.in_words([setting.name for setting in lost])
                what = f" What was changed is lost: {which}." if which else ""
                raise NeedsConfirmation(f"Load the stored settings over the active ones?{what}")
            said = await self._tell(LOAD, to)
            if not _holds(said, LOADED):
                raise PrinterError(
                    "The board did not load what is stored; it may go by its firmware's defaults"
                    f" now.{_quoted(said)}"
                )
            return self._told(await self._list(to))

    async def reset(self, *, confirmed: bool) -> BoardSettings:
        """M502."""
        to = "reset settings"
        async with self._turn:
            await self._list(to)
            if not confirmed:
                raise NeedsConfirmation(
                    "Set every setting to the default of the firmware? Steps, limits, offsets and"
                    " PID values of this printer are lost, but for what is stored, which is loaded"
                    " again by a restart."
                )
            said = await self._tell(DEFAULTS, to)
            if not _holds(said, DEFAULTED):
                raise PrinterError(
                    f"The board did not say that it took its defaults.{_quoted(said)}"
                )
            return self._told(await self._list(to))

    # How.

    def _told(self, listing: Listing) -> BoardSettings:
        known = self.stored
        if self._is_absent:
            return board_settings.told(listing, None, board_settings.ABSENT, stored.ABSENT)
        return board_settings.told(listing, known.listing, known.state, known.why)

    @property
    def _is_absent(self) -> bool:
        return self._printer.state.firmware.capabilities.get("EEPROM") is False

    def _require_eeprom(self) -> None:
        if self._is_absent:
            raise NotSupported(f"{self._printer.name} can't store settings. {stored.ABSENT}")

    def _question_for_store(self, listing: Listing) -> str:
        changed = [f"{s.name} {s.value} (was {s.stored})" for s in self._told(listing).differing]
        what = f": {setting_values.in_words(changed)}" if changed else ""
        return f"Store the active settings over what the board has stored{what}?"

    async def _list(self, to: str) -> Listing:
        """What is active now. Raises `WrongState`, `NotSupported`, `CommandTimeout`."""
        name = self._printer.name
        said = await self._answer(self._printer.port.ask, LIST, to)
        listing = read(said)
        if not listing.settings:
            raise NotSupported(f"{name}'s firmware lists no settings (M503).{_quoted(said)}")
        if listing.in_inches:
            raise WrongState(
                f"{name} can't {to} now: its board counts in inches. Send G21, then try again."
            )
        return listing

    async def _tell(self, command: str, to: str) -> tuple[str, ...]:
        """What the board said to a command, but for lists."""
        said = await self._answer(self._printer.port.command, command, to)
        return tuple(line for line in said if not read((line,)).entries and line.strip())

    async def _answer(self, by: Ask, command: str, to: str) -> tuple[str, ...]:
        printer = self._printer
        printer.card.refuse(to)
        printer.tuning.refuse(to)
        if printer.state.phase is not Phase.READY:
            raise wrong_state(printer.name, printer.state.phase, to)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await by(command)
        except TimeoutError as error:
            raise CommandTimeout(
                f"{printer.name} is too busy to {to}: wait a moment, then try again."
            ) from error


def _holds(said: tuple[str, ...], words: str) -> bool:
    return any(words in line for line in said)


def _quoted(said: tuple[str, ...]) -> str:
    """What the board said of it, as a further sentence."""
    heard = [line.removeprefix("echo:").strip() for line in said if not line.startswith("echo:;")]
    return f" It says: {scrub(' '.join(heard), 200)}" if heard else ""


def _so_far(done: list[str]) -> str:
    if not done:
        return "Nothing was changed."
    return f"Changed before, and active: {setting_values.in_words(done)}; nothing is stored by it."
