"""The Printers screen: what can be done with the printers that there are."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from gbterm import config_edit, config_file
from gbterm.beside import beside
from gbterm.config import Config
from gbterm.discovery.printers import CONFIGURED
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.frame import screen_bindings
from gbterm.screens.printer_form import PrinterForm
from gbterm.screens.printer_search import PrinterSearch


class PrintersScreen(PrinterSearch):
    """Any of them can be opened, stopped, and changed in the configuration."""

    NAME = "printers"
    CSS_PATH = "printers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("printers")

    def impossible(self) -> set[str]:
        """Only what is in the user's configuration can be changed there."""
        printer = self.selected
        if printer is None:
            return {"connect", "edit_printer", "default_printer", "remove_printer", "stop_selected"}
        if printer.kind != CONFIGURED:
            return {"edit_printer", "default_printer", "remove_printer"}
        return {"default_printer"} if printer.is_default else set()

    async def action_enter(self) -> None:
        """Enter on a row."""
        await self.app.run_action_of("connect")

    def action_stop_selected(self) -> None:
        """Halt it now."""
        if (printer := self.aimed_at) is not None:
            self.app.stop_listed(printer)

    def action_connect(self) -> None:
        """Show the selected printer instead."""
        if (printer := self.selected) is None:
            return
        if self.is_on_show(printer):
            self.app.say(f"{printer.name} is on show already.")
        elif printer.hindrance:
            self.app.say(printer.hindrance, "warning")
        else:
            self.app.connect_to(printer.name, printer.option, printer.value)

    def action_add_printer(self) -> None:
        """A form, with what is known of the selected port or server."""
        printer = self.selected
        where = printer.address if printer is not None and printer.kind != CONFIGURED else ""
        self.app.push_screen(PrinterForm({"where": where}), self._kept)

    def action_edit_printer(self) -> None:
        """The form of the selected printer."""
        if (printer := self.selected) is not None:
            self.app.perform(partial(self._edit, printer.name))

    async def _edit(self, name: str) -> None:
        profile = (await beside(config_file.load)).printers[name]
        await beside(partial(config_edit.refuse_others, name))
        self.app.push_screen(
            PrinterForm({"where": profile.port or profile.url}, profile), self._kept
        )

    def action_default_printer(self) -> None:
        """The one that is meant where none is named."""
        if (printer := self.selected) is not None:
            change = partial(config_edit.put, "", {"default": printer.name})
            self.app.perform(partial(self._change, change, f"{printer.name} is the default."))

    def action_remove_printer(self) -> None:
        """Ask, then take it out."""
        if (printer := self.selected) is None:
            return

        def remove(sure: bool | None) -> None:
            if sure:
                change = partial(config_edit.drop_printer, printer.name)
                said = f"{printer.name} is out of {config_edit.user_file()}."
                self.app.perform(partial(self._change, change, said))

        question = (
            f"Take {printer.name} out of {config_edit.user_file()}? Its limits and presets go, too;"
            " its files and what it prints stay."
        )
        self.app.push_screen(ConfirmScreen(question, yes="Remove", no="Keep"), remove)

    async def _change(self, change: partial[Config], said: str) -> None:
        await beside(change)
        self.look()
        self.app.say(said)

    def _kept(self, name: str | None) -> None:
        if name is not None:
            self.look()
            self.app.say(f"{name} is in {config_edit.user_file()}.")
