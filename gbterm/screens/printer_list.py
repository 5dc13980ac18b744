"""The printers that were found: a row each, and what is known of the selected one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from gbterm.backends.absent import NoPrinter
from gbterm.discovery.printers import Listed
from gbterm.keymap import key_of
from gbterm.model import PrinterState
from gbterm.others import is_shown
from gbterm.overview import details, overview, unopened
from gbterm.screens.frame import PrinterScreen
from gbterm.screens.stop import SEEN_AFTER_S
from gbterm.text import scrub
from gbterm.watched import Watched
from gbterm.widgets.bars import KeyBar
from gbterm.widgets.note import Note
from gbterm.widgets.panel import Line
from gbterm.widgets.printer_table import PrinterRow, PrinterTable

NAMED = 12
"""So many cells of a printer's name stand beside the key that stops it."""
NONE_CHOSEN = "No printer is chosen yet: {} connects to the selected one, {} adds one."
NONE = "No printer was found."
NONE_YET = "No printer is chosen yet, and none was found. This screen goes on looking."
WAYS = (
    "Plug a printer in by USB and switch it on: it appears here.",
    "{} adds one that is elsewhere by its address, as http://octopi.local.",
    "Or leave with {} and try a virtual one: gbterm demo.",
    "Where a printer does not appear, gbterm doctor says why.",
)
"""What somebody without a printer can do, a line each."""


@dataclass(frozen=True, slots=True)
class Slid:
    """The selected printer is `gone` from the list, the cursor slid `into` another row."""

    gone: Listed
    into: str
    at: float


class PrinterList(PrinterScreen):
    """A table of them, and below it what is known of the selected one."""

    found: var[tuple[Listed, ...] | None] = var(None)
    """None until somebody has looked."""
    trouble: var[str] = var("")
    """What keeps something from being found, in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._by_key: dict[str, Listed] = {}
        self._slid: Slid | None = None

    def content(self) -> Iterable[Widget]:
        """The table takes what the note leaves."""
        yield PrinterTable()
        yield Note()

    def on_mount(self) -> None:
        """Keys are about the row with the cursor."""
        super().on_mount()
        table = self.query_one(PrinterTable)
        self.watch(table, "cursor_coordinate", self._follow_selection, init=False)

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
        self.show_news()

    def show_news(self) -> None:
        """What the printers do now."""
        if self.is_current:
            self._show_rows()
            self._tell()

    def _show_rows(self) -> None:
        self.set_class(not self._by_key, "-empty")
        rows = {key: self._row(printer) for key, printer in self._by_key.items()}
        self.query_one(PrinterTable).fill(rows, self.size.width)

    def _row(self, printer: Listed) -> PrinterRow:
        watched = self.app.others.of(printer)
        state, is_old = self._known_of(printer, watched)
        shown = overview(printer, state, watched, is_old=is_old)
        return PrinterRow(
            "*" if self.is_on_show(printer) else " ",
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
        if self.is_on_show(printer):
            return self.app.state, self.app.fresh.is_old
        if watched is None or watched.backend is None:
            return None, False
        return watched.backend.state, watched.backend.freshness().is_old

    def is_on_show(self, printer: Listed) -> bool:
        """Whether it is the one of this console."""
        return is_shown(printer, self.app.backend)

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
        printer = self.selected
        if printer is None:
            yield from self._without_any()
        elif not self._has_printer:
            yield Content.styled(
                NONE_CHOSEN.format(key_of("connect"), key_of("add_printer")), "bold"
            )
        if printer is not None:
            yield Content.assemble((scrub(printer.name), "bold"), f"  {scrub(printer.address)}")
            yield from map(scrub, self._facts(printer))
        if self.trouble:
            yield Content.styled(scrub(self.trouble), "$warning")

    def _without_any(self) -> Iterable[Line]:
        if self.found is None:
            yield "Looking for printers ..."
            return
        yield NONE if self._has_printer else Content.styled(NONE_YET, "bold")
        keys = iter((key_of("add_printer"), key_of("quit")))
        yield from (f"- {way.format(next(keys))}" if "{}" in way else f"- {way}" for way in WAYS)

    def _facts(self, printer: Listed) -> Iterable[str]:
        yield from filter(None, (printer.about, printer.hindrance))
        watched = self.app.others.of(printer)
        if self.is_on_show(printer):
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


def _stops(name: str) -> str:
    # Paths that are cut begin alike, and differ at their ends.
    name = name.rsplit("/", 1)[-1] if name.startswith("/") else name
    return f"STOP {Content(scrub(name)).truncate(NAMED, ellipsis=True).plain}"


def key_of_row(printer: Listed) -> str:
    """What tells it from the others."""
    return f"{printer.option} {printer.value}"
