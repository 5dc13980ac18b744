"""The printers that there are: configured, running here, plugged in, on the network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

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
from gbterm.model import PrinterState
from gbterm.others import is_shown
from gbterm.overview import details, overview, unopened
from gbterm.screens.base import PrinterScreen, screen_bindings
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.printer_form import PrinterForm
from gbterm.screens.stop import SEEN_AFTER_S
from gbterm.text import scrub
from gbterm.watched import Watched
from gbterm.widgets.bars import KeyBar
from gbterm.widgets.note import Note
from gbterm.widgets.panel import Line
from gbterm.widgets.printer_table import PrinterRow, PrinterTable

LOOK_EVERY_S = 3.0
SOONEST_S = 0.2
"""How often rows are drawn again where the terminal sets no pace."""
NAMED = 12
"""So many cells of a printer's name stand beside the key that stops it."""
NONE_CHOSEN = "No printer is chosen yet: {} connects to the selected one, {} adds one."
NONE = "No printer was found. Plug one in, switch it on, or press {} to add one."


@dataclass(frozen=True, slots=True)
class Slid:
    """The selected printer is `gone` from the list, the cursor slid `into` another row."""

    gone: Listed
    into: str
    at: float


class PrintersScreen(PrinterScreen):
    """A table of them, and below it what is known of the selected one."""

    NAME = "printers"
    CSS_PATH = "printers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("printers")

    found: var[tuple[Listed, ...] | None] = var(None)
    """None until somebody has looked."""
    trouble: var[str] = var("")
    """What keeps something from being found, in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._servers: tuple[FoundServer, ...] = ()
        self._searching: asyncio.Task[None] | None = None
        self._searches: set[asyncio.Task[None]] = set()
        """With those that are ending."""
        self._by_key: dict[str, Listed] = {}
        self._slid: Slid | None = None

    def content(self) -> Iterable[Widget]:
        """The table takes what the note leaves."""
        yield PrinterTable()
        yield Note()

    def on_mount(self) -> None:
        """Look every now and then while somebody sees it."""
        super().on_mount()
        self._while_seen = (
            self.set_interval(LOOK_EVERY_S, self._look, pause=True),
            self.set_interval(
                max(self.app.terminal.readings_s, SOONEST_S), self._show_news, pause=True
            ),
        )

    def on_screen_resume(self) -> None:
        """It is seen: look, also on the network."""
        self.action_look_again()
        for timer in self._while_seen:
            timer.resume()

    def on_screen_suspend(self) -> None:
        """It is seen no more."""
        for timer in self._while_seen:
            timer.pause()
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
        self.app.others.try_again()
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
        found = await beside(partial(self.app.elsewhere.survey, config, self._servers))
        self.found = self.app.others.follow(found, self.app.backend)
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

    @property
    def selected(self) -> Listed | None:
        """The printer under the cursor."""
        return self._by_key.get(self.query_one(PrinterTable).selected or "")

    @property
    def aimed_at(self) -> Listed | None:
        """The printer that a stop is for: the selected one, or the one that just went from there.

        Another row that slid under the cursor may not have been seen yet.
        """
        selected = self.selected
        slid = self._slid
        if selected is None or slid is None or key_of_row(selected) != slid.into:
            return selected
        return slid.gone if self.app.clock() - slid.at < SEEN_AFTER_S else selected

    def watch_found(self) -> None:
        """Fill the table; the selected printer stays selected."""
        before = self.selected
        self._by_key = {key_of_row(printer): printer for printer in self.found or ()}
        self._show_rows()
        selected = self.selected
        if before is not None and selected is not None and key_of_row(before) not in self._by_key:
            self._slid = Slid(before, key_of_row(selected), self.app.clock())
        self._follow_selection()

    def on_resize(self) -> None:
        """Columns follow the width."""
        self._show_rows()

    def watch_trouble(self) -> None:
        """Say it."""
        self._tell()

    def show_state(self, state: PrinterState) -> None:
        """What the printer on show does is in its row."""
        super().show_state(state)
        self._show_news()

    def _show_news(self) -> None:
        """What the printers do now."""
        if self.is_current:
            self._show_rows()
            self._tell()

    def _show_rows(self) -> None:
        rows = {key: self._row(printer) for key, printer in self._by_key.items()}
        self.query_one(PrinterTable).fill(rows, self.size.width)

    def _row(self, printer: Listed) -> PrinterRow:
        watched = self.app.others.of(printer)
        state, is_old = self._known_of(printer, watched)
        shown = overview(printer, state, watched, is_old=is_old)
        return PrinterRow(
            "*" if self._is_on_show(printer) else " ",
            printer.name,
            shown.now,
            shown.progress,
            shown.left,
            shown.nozzle,
            shown.bed,
            "default" if printer.is_default else printer.kind,
            printer.address,
        )

    def _known_of(
        self, printer: Listed, watched: Watched | None
    ) -> tuple[PrinterState | None, bool]:
        """Its state, and whether that is old."""
        if self._is_on_show(printer):
            return self.app.state, self.app.fresh.is_old
        if watched is None or watched.backend is None:
            return None, False
        return watched.backend.state, watched.backend.freshness().is_old

    def _is_on_show(self, printer: Listed) -> bool:
        return is_shown(printer, self.app.backend)

    @on(PrinterTable.RowHighlighted)
    def _follow_selection(self) -> None:
        """The bottom line names who is stopped by which key."""
        named = {"estop": self.app.backend.name} if self._has_printer else {}
        if (printer := self.selected) is not None:
            named["stop_selected"] = printer.name
        self.query_one(KeyBar).titles = {action: _stops(who) for action, who in named.items()}
        self.update_possible()
        self._tell()

    @property
    def _has_printer(self) -> bool:
        return not isinstance(self.app.backend, NoPrinter)

    def _tell(self) -> None:
        self.query_one(Note).texts = tuple(self._texts())

    def _texts(self) -> Iterable[Line]:
        if not self._has_printer:
            yield Content.styled(
                NONE_CHOSEN.format(key_of("connect"), key_of("add_printer")), "bold"
            )
        if (printer := self.selected) is not None:
            yield Content.assemble((scrub(printer.name), "bold"), f"  {scrub(printer.address)}")
            yield from map(scrub, self._facts(printer))
        else:
            yield (
                "Looking for printers ..."
                if self.found is None
                else NONE.format(key_of("add_printer"))
            )
        if self.trouble:
            yield Content.styled(scrub(self.trouble), "$warning")

    def _facts(self, printer: Listed) -> Iterable[str]:
        yield from filter(None, (printer.about, printer.hindrance))
        watched = self.app.others.of(printer)
        if self._is_on_show(printer):
            yield "It is on show in this console."
            yield from details(self.app.state, self.app.backend)
        elif watched is not None and watched.backend is not None:
            yield from details(watched.backend.state, watched.backend)
        elif watched is not None:
            yield watched.trouble or "It is being reached."
            if watched.is_refused:
                yield f"{key_of('connect')} asks for a key, {key_of('look_again')} tries again."
        elif not printer.hindrance:
            yield unopened(printer)
        if printer.is_default:
            yield "It is the one that is meant where none is named."

    def impossible(self) -> set[str]:
        """Only what is in the user's configuration can be changed there."""
        printer = self.selected
        if printer is None:
            return {"connect", "edit_printer", "default_printer", "remove_printer", "stop_selected"}
        if printer.kind != CONFIGURED:
            return {"edit_printer", "default_printer", "remove_printer"}
        return {"default_printer"} if printer.is_default else set()

    # What is done with it

    @on(PrinterTable.Entered)
    async def _enter(self) -> None:
        await self.app.run_action_of("connect")

    def action_stop_selected(self) -> None:
        """Halt it now."""
        if (printer := self.aimed_at) is not None:
            self.app.stop_listed(printer)

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


def _stops(name: str) -> str:
    return f"STOP {Content(scrub(name)).truncate(NAMED, ellipsis=True).plain}"


def key_of_row(printer: Listed) -> str:
    """What tells it from the others."""
    return f"{printer.option} {printer.value}"
