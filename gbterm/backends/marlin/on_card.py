"""What is done with the files of the board's own card, where nothing else is printed."""

from __future__ import annotations

from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.marlin import card_files
from gbterm.backends.marlin.card import SELECT
from gbterm.backends.marlin.starting import Starting
from gbterm.config import PrinterProfile
from gbterm.errors import NeedsConfirmation, NotSupported, WrongState
from gbterm.files import CardFile
from gbterm.model import Phase

DELETE = "M30"


class OnCard(Starting):
    """Lists, prints and deletes them."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(profile)
        self._card_files: list[CardFile] | None = None
        """As they were told last; None where nothing is known, or no card is in."""

    async def card_files(self) -> list[CardFile]:
        self._require_card()
        if self.state.phase is Phase.READY and not self.card.prints:
            self._card_files = await self._listed()
        elif self._card_files is None:
            self.require_phase(Phase.READY, to="list its card")
        if self._card_files is None:
            raise WrongState(f"{self.name} has no card in it, or can't read it.")
        return self._card_files

    async def _listed(self) -> list[CardFile] | None:
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
        card_files.check_deleted(file, await self.port.command(f"{DELETE} {file.path}"))
        self._card_files = await self._listed()

    def _require_card(self) -> None:
        known = self.state.firmware.name
        if known and Capability.CARD not in of_firmware(self.state.firmware):
            raise NotSupported(f"{self.name} has no card of its own: its firmware knows none.")
