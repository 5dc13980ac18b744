"""What is done with the files of the board's own card, where nothing else is printed."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from pathlib import Path

from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.marlin import card_files, handshake
from gbterm.backends.marlin.card import SELECT
from gbterm.backends.marlin.card_writing import Writing, short_name
from gbterm.backends.marlin.heaters import heated
from gbterm.backends.marlin.starting import Starting
from gbterm.config import PrinterProfile
from gbterm.errors import NeedsConfirmation, NotSupported, WrongState
from gbterm.files import CardFile
from gbterm.model import Phase

CLOSED_WITHIN_S = 3.0
"""What the board is still told before its port is closed."""


class OnCard(Starting):
    """Lists, prints and deletes them."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(profile)
        self._card_files: list[CardFile] | None = None
        """As they were told last; None where nothing is known, or no card is in."""
        self._writing: Writing | None = None
        self.halves: set[str] = set()
        """Paths of what may lie there half: its writing is under way, or was cut off."""
        self.way_out = b""
        """What must go before a command to a board that failed while it was given a file."""

    async def card_files(self) -> list[CardFile]:
        self._require_card()
        if self.state.phase is Phase.READY and not self.card.prints:
            await self.listed()
        elif self._card_files is None:
            self.require_phase(Phase.READY, to="list its card")
        if self._card_files is None:
            raise WrongState(f"{self.name} has no card in it, or can't read it.")
        return self._card_files

    async def listed(self) -> list[CardFile] | None:
        """Ask for them now; None where no card is in."""
        self._card_files = await self._ask_card()
        if self._card_files is not None:
            self.halves.intersection_update(file.path for file in self._card_files)
        return self._card_files

    async def _ask_card(self) -> list[CardFile] | None:
        text = card_files.question(is_marlin_2=self.state.firmware.is_marlin_2)
        found = card_files.listed(await self.port.ask(text))
        if found is not None:
            return found
        # It was put in since, or released.
        await self.port.ask(card_files.MOUNT)
        return card_files.listed(await self.port.ask(text))

    async def print_card_file(self, path: str, *, confirmed: bool = False) -> None:
        self._require_card()
        self.require_phase(Phase.READY, to="print from its card")
        if self.ending:
            raise WrongState(f"{self.name} is being shut down.")
        file = card_files.at(await self.card_files(), path)
        if file.path in self.halves:
            raise WrongState(
                f"{file.shown} is not whole, since its writing was cut off: delete it, and write it"
                " anew."
            )
        if not confirmed:
            raise NeedsConfirmation(
                f"{file.shown} lies on the printer's own card, where gbterm can't look into it: its"
                " temperatures and moves are not checked. Print it all the same?"
            )
        self.leave_bed("print from its card")
        self._phase(Phase.STARTING, f"opening {file.shown} on its card")
        try:
            card_files.check_opened(file, await self.port.command(f"{SELECT} {file.path}"))
        except BaseException:
            self._let_be_ready()
            raise
        if self.state.phase is not Phase.STARTING or self.ending:
            raise WrongState(f"{self.name} stopped being ready while {file.shown} was opened.")
        self.unattended.attend()
        self.guarding.rearm()
        self.lost = None
        await self.card.start(file)

    def _let_be_ready(self) -> None:
        if self.state.phase is Phase.STARTING:
            self._phase(Phase.READY)

    async def delete_card_file(self, path: str) -> None:
        self._require_card()
        self.require_phase(Phase.READY, to="delete from its card")
        file = card_files.at(await self.card_files(), path)
        self.require_phase(Phase.READY, to="delete from its card")
        card_files.check_deleted(file, await self.port.command(f"{card_files.DELETE} {file.path}"))
        await self.listed()

    # What is put there.

    @property
    def is_writing(self) -> bool:
        """Whether a file is on its way to the card."""
        return self._writing is not None

    async def write_card_file(self, path: Path, name: str) -> CardFile:
        """Check the file, then put it on the card, which `Job.is_written` tells of.

        Returns what it is called there. Raises `FileRefused`, `NotSupported`, `WrongState`.
        """
        self._require_card()
        if not self.state.firmware.capabilities.get("SD_WRITE", True):
            raise NotSupported(f"{self.name} can't write to its card: its firmware only reads it.")
        self.leave_bed("write to its card")
        taken = [file.path.rpartition("/")[2].upper() for file in await self.card_files()]
        self._require_cold()
        check = partial(self._check, path, name, confirmed=True)
        source, report = await self._checked(path, name, "write to its card", check)
        try:
            await self._stand_cold(name)
        except BaseException:
            source.close()
            self._let_be_ready()
            raise
        called = short_name(name, taken)
        is_binary = self.state.firmware.can("BINARY_FILE_TRANSFER")
        file = CardFile(f"/{called}", report.bytes)
        self.halves.add(file.path)
        self._writing = Writing(self, source, name, called, report.bytes, is_binary=is_binary)
        self._writing.start()
        return file

    async def _stand_cold(self, name: str) -> None:
        """Let the board come to the end of what it was told while the file was checked, where
        somebody may have set a target."""
        while self.core.flight.lines or not self.core.owes_nothing_of_ours:
            await self.port.command("M105")
        if self.state.phase is not Phase.STARTING or self.ending:
            raise WrongState(f"{self.name} stopped being ready while {name} was checked.")
        self._require_cold()

    def _require_cold(self) -> None:
        if heated(self.state):
            raise WrongState(
                f"{self.name} is heating: turn its heaters off first, since it takes no command"
                " while a file is written to its card."
            )

    def talk_again(self) -> None:
        """The board takes commands again: number them anew."""
        self._talk_anew(*handshake.reports_wanted(self.state.firmware), "M105")

    def wrote(self, path: str, *, is_whole: bool) -> None:
        """The file is on the card, or will not be."""
        self._writing = None
        if is_whole:
            self.halves.discard(path)

    async def cancel(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            return
        await self._cancel_print()

    @abstractmethod
    async def _cancel_print(self) -> None: ...

    def require_phase(self, *phases: Phase, to: str) -> None:
        if self._writing is not None:
            raise WrongState(
                f"{self.name} can't {to} now: a file is written to its card. Wait for the end of"
                " that, or cancel it."
            )
        super().require_phase(*phases, to=to)

    async def reconnect(self) -> None:
        self._require_no_writing()
        await super().reconnect()

    async def open_link(self, baud: int) -> None:
        self.way_out = b""
        await super().open_link(baud)

    async def close(self) -> None:
        if self._writing is not None:
            await self._writing.break_off("The port was closed.", CLOSED_WITHIN_S)
        await super().close()

    def _on_lost(self, why: str) -> None:
        if self._writing is not None:
            self._writing.abandon(why)
        super()._on_lost(why)

    def _fail(self, why: str, reason: str = "") -> None:
        if self._writing is not None:
            self.way_out = self._writing.way_out
            self._writing.abandon(reason or why)
        super()._fail(why, reason)

    def _require_no_print(self) -> None:
        self._require_no_writing()
        super()._require_no_print()

    def _require_no_writing(self) -> None:
        if self._writing is not None:
            raise WrongState(f"{self.name} is given a file: cancel that first.")

    def _require_card(self) -> None:
        known = self.state.firmware.name
        if known and Capability.CARD not in of_firmware(self.state.firmware):
            raise NotSupported(f"{self.name} has no card of its own: its firmware knows none.")
