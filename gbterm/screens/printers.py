"""The printers that there are: configured, running here, plugged in, on the network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from gbterm import config_edit, config_file
from gbterm.backends.absent import NoPrinter
from gbterm.beside import beside
from gbterm.config import Config
from gbterm.discovery.printers import CONFIGURED, Listed
from gbterm.discovery.servers import FoundServer, ServerSearch
from gbterm.errors import ConfigError, LinkError
from gbterm.keymap import key_of
from gbterm.model import Phase, PrinterState
from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.printer_form import PrinterForm
from gbterm.text import scrub
from gbterm.widgets.note import Note
from gbterm.widgets.panel import Line
from gbterm.widgets.printer_table import PrinterRow, PrinterTable

if TYPE_CHECKING:
    from gbterm.cli.survey import Surveyed

LOOK_EVERY_S = 3.0
NONE_CHOSEN = "No printer is chosen yet: {} connects to the selected one, {} adds one."
NONE = "No printer was found. Plug one in, switch it on, or press {} to add one."


class PrintersScreen(PrinterScreen):
    """A table of them, and below it what is known of the selected one."""

    NAME = "printers"
    CSS_PATH = "printers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("printers")

    found: var[tuple[Surveyed, ...] | None] = var(None)
    """None until somebody has looked."""
    selected: var[Listed | None] = var(None)
    trouble: var[str] = var("")
    """What keeps something from being found, in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._servers: tuple[FoundServer, ...] = ()
        self._searching: asyncio.Task[None] | None = None
        self._searches: set[asyncio.Task[None]] = set()
        """With those that are ending."""

    def content(self) -> Iterable[Widget]:
        """The table takes what the note leaves."""
        yield PrinterTable()
        yield Note()

    def on_mount(self) -> None:
        """Look every now and then while somebody sees it."""
        super().on_mount()
        self._looking = self.set_interval(LOOK_EVERY_S, self._look, pause=True)

    def on_screen_resume(self) -> None:
        """It is seen: look, also on the network."""
        self.action_look_again()
        self._looking.resume()

    def on_screen_suspend(self) -> None:
        """It is seen no more."""
        self._looking.pause()
        self._end_search()

    async def on_unmount(self) -> None:
        """Leave nothing behind on the network."""
        self._end_search()
        if self._searches:
            await asyncio.wait(self._searches)  # which, cancelled, leaves them to end in order

    # Looking

    def action_look_again(self) -> None:
        """Begin the search anew."""
        self._end_search()
        self._servers = ()
        self._look()
        self._searching = asyncio.create_task(self._search())
        self._searches.add(self._searching)
        self._searching.add_done_callback(self._searches.discard)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        config, trouble = Config(), ""
        try:
            config = await beside(config_file.load)
        except ConfigError as error:
            trouble = str(error)
        self.found = await beside(partial(self.app.elsewhere.survey, config, self._servers))
        if trouble or not self.trouble.startswith("Servers"):
            self.trouble = trouble

    async def _search(self) -> None:
        """Look for servers on the network until it is cancelled."""
        try:
            mdns = (await beside(config_file.load)).mdns
        except ConfigError:
            return  # it is said already, and what it says of the network isn't known
        if not mdns.search:
            return
        search = ServerSearch(self._heard, mdns.interfaces)
        try:
            await search.start()
            await asyncio.Event().wait()
        except LinkError as error:
            self.trouble = str(error)
        finally:
            await search.close()

    def _heard(self, servers: tuple[FoundServer, ...]) -> None:
        self._servers = servers
        self._look()

    def _end_search(self) -> None:
        searching, self._searching = self._searching, None
        if searching is not None:  # once: a second time would keep it from ending in order
            searching.cancel()

    # What was found

    def watch_found(self) -> None:
        """Fill the table; the selected printer stays selected."""
        table, found = self.query_one(PrinterTable), self.found or ()
        printers = [one.printer for one in found]
        keys = [(p.option, p.value) for p in printers]
        chosen = (self.selected.option, self.selected.value) if self.selected else None
        row = keys.index(chosen) if chosen in keys else 0
        table.fill([self._row(one) for one in found], self.size.width, row)
        self._select(table.cursor_row)

    def on_resize(self) -> None:
        """Columns follow the width."""
        self.watch_found()

    def watch_trouble(self) -> None:
        """Say it."""
        self._tell()

    def show_state(self, state: PrinterState) -> None:
        """What the printer on show does is in its row."""
        old = self.status
        super().show_state(state)
        if self.status != old and self.found is not None:
            self.watch_found()

    def _row(self, one: Surveyed) -> PrinterRow:
        printer = one.printer
        on_show = self._is_on_show(printer)
        phase = self.app.state.phase if on_show else one.state.phase if one.state else None
        return PrinterRow(
            "*" if on_show else " ",
            printer.name,
            "default" if printer.is_default else printer.kind,
            "can't be opened" if printer.hindrance else _words(phase),
            printer.address,
        )

    def _is_on_show(self, printer: Listed) -> bool:
        name = printer.name if printer.option == "printer" else printer.value
        return self.app.backend.name == name

    @on(PrinterTable.RowHighlighted)
    def _highlighted(self, event: PrinterTable.RowHighlighted) -> None:
        self._select(event.cursor_row)

    def _select(self, row: int) -> None:
        found = self.found or ()
        self.selected = found[row].printer if 0 <= row < len(found) else None
        self.update_possible()
        self._tell()

    def _tell(self) -> None:
        self.query_one(Note).texts = tuple(self._texts())

    def _texts(self) -> Iterable[Line]:
        if isinstance(self.app.backend, NoPrinter):
            yield Content.styled(
                NONE_CHOSEN.format(key_of("connect"), key_of("add_printer")), "bold"
            )
        if (printer := self.selected) is not None:
            yield Content.assemble((scrub(printer.name), "bold"), f"  {scrub(printer.address)}")
            yield from filter(None, (scrub(printer.about), scrub(printer.hindrance)))
            if printer.is_default:
                yield "It is the one that is meant where none is named."
            if self._is_on_show(printer):
                yield "It is on show in this console."
        else:
            yield (
                "Looking for printers ..."
                if self.found is None
                else NONE.format(key_of("add_printer"))
            )
        if self.trouble:
            yield Content.styled(scrub(self.trouble), "$warning")

    def impossible(self) -> set[str]:
        """Only what is in the user's configuration can be changed there."""
        printer = self.selected
        if printer is None:
            return {"connect", "edit_printer", "default_printer", "remove_printer"}
        if printer.kind != CONFIGURED:
            return {"edit_printer", "default_printer", "remove_printer"}
        return {"default_printer"} if printer.is_default else set()

    # What is done with it

    @on(PrinterTable.Entered)
    async def _enter(self) -> None:
        await self.app.run_action_of("connect")

    def action_connect(self) -> None:
        """Show the selected printer instead."""
        if (printer := self.selected) is None:
            return
        if self._is_on_show(printer):
            self.app.say(f"{printer.name} is on show already.")
        elif printer.hindrance:
            self.app.say(printer.hindrance, "warning")
        else:
            self.app.connect_to(printer.name, printer.option, printer.value)

    def action_add_printer(self) -> None:
        """A form, with what is known of the selected port or server."""
        printer = self.selected
        known = printer is not None and printer.option in ("port", "url")
        self.app.push_screen(PrinterForm(printer.value if printer and known else ""), self._kept)

    def action_edit_printer(self) -> None:
        """The form of the selected printer."""
        if (printer := self.selected) is not None:
            self.app.perform(partial(self._edit, printer.name))

    async def _edit(self, name: str) -> None:
        profile = (await beside(config_file.load)).printers[name]
        await beside(partial(config_edit.refuse_others, name))
        self.app.push_screen(PrinterForm(profile.port or profile.url, profile), self._kept)

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
        self._look()
        self.app.say(said)

    def _kept(self, name: str | None) -> None:
        if name is not None:
            self._look()
            self.app.say(f"{name} is in {config_edit.user_file()}.")


def _words(phase: Phase | None) -> str:
    return "" if phase is None else phase.value.replace("_", " ")
