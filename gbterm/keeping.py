"""A printer that a user opened without configuring it: the offer to keep it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gbterm import config_edit, worth_keeping
from gbterm.beside import beside
from gbterm.screens.by_name import ByName
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.printer_form import PrinterForm, suggested_name

if TYPE_CHECKING:
    from gbterm.cli.opening import Opened


class KeepingConsole(ByName):
    """A console that offers to keep a key, and a printer, once what was asked for is there."""

    attach: str

    def offer_to_keep_key(self, opened: Opened) -> None:
        """In a file; of a server that took it."""

        async def keep() -> None:
            kept = await beside(opened.keeping_key)
            self.attach = kept.attach
            await self.offer_to_keep(kept)

        name, path = opened.target.name, opened.key_file
        question = f"Keep the key of {name} in {path}, which nobody but you may read?"
        self.push_screen(
            ConfirmScreen(question, yes="Keep", no="Forget"),
            lambda yes: self.perform(keep if yes else partial(self.offer_to_keep, opened)),
        )

    async def offer_to_keep(self, opened: Opened) -> None:
        """In the configuration, where no printer of it has this port or address."""
        where = await beside(lambda: opened.unkept)
        if not where:
            return
        found = await worth_keeping.members(self.backend, where, opened.kept_key)
        machine = self.backend.state.firmware.machine
        known = {"name": suggested_name(machine), "where": where, **found}

        def fill_in(yes: bool | None) -> None:
            if yes:
                self.push_screen(PrinterForm(known), self._say_kept)

        question = (
            f"Keep this printer in your configuration, so that gbterm alone opens it?"
            f" It goes into {config_edit.user_file()}, under a name that you choose."
        )
        self.push_screen(ConfirmScreen(question, yes="Keep", no="Not now"), fill_in)

    def _say_kept(self, name: str | None) -> None:
        if name is not None:
            self.say(f"{name} is in {config_edit.user_file()}.")
