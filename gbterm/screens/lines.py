"""The lines that go over the printer's cable: watched, hidden, found, saved."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from textual import getters, on, work
from textual.reactive import var

from gbterm.backends.capability import Capability
from gbterm.console_lines import KEPT, ConsoleLines
from gbterm.errors import GbtermError
from gbterm.keymap.console import HIDDEN_AT_FIRST, HIDES
from gbterm.model import Phase, PrinterState
from gbterm.screens.frame import PrinterScreen
from gbterm.screens.save_lines import save_lines
from gbterm.widgets.command_line import FindLine
from gbterm.widgets.console_notes import LogStatus, Place
from gbterm.widgets.log_view import LogView
from gbterm.widgets.scrollback import Scrollback

DRAW_EVERY_S, DRAW_EVERY_WHEN_SLOW_S = 0.25, 1.0
"""However many lines come; keys are answered at once."""

NO_LINES = "this connection doesn't show what goes over the cable, only answers to commands"


class LinesScreen(PrinterScreen):
    """Keeps lines and shows them.

    They are asked for while the screen is shown: hundreds a second are work for every process on
    their way. Who comes back gets the last ones from the server, which keeps them anyway.
    """

    view = getters.query_one(LogView)
    where = getters.query_one(LogStatus)
    search = getters.query_one(FindLine)

    hiding: var[frozenset[str]] = var(HIDDEN_AT_FIRST)
    """The actions that hide lines."""
    is_raw: var[bool] = var(False)
    is_wrapping: var[bool] = var(False)
    reachable: var[bool] = var(False)

    def __init__(self) -> None:
        super().__init__()
        self.lines = Scrollback()
        self._stop_watching: Callable[[], None] | None = None
        self._is_caught_up = self._is_drawn = False
        self._sought_from: int | None = None

    def on_mount(self) -> None:
        """Draw every now and then, while it is shown."""
        super().on_mount()
        slow = self.app.terminal.slow
        self.view.leaps = slow
        every_s = DRAW_EVERY_WHEN_SLOW_S if slow else DRAW_EVERY_S
        self._timer = self.set_interval(every_s, self._draw, pause=True)

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say a sentence about the lines."""
        raise NotImplementedError

    # What goes over the cable

    def on_screen_resume(self) -> None:
        """Shown again: what came meanwhile comes first."""
        self._timer.resume()
        self._watch()

    def on_screen_suspend(self) -> None:
        """Something else is shown, and unless it is a dialog on top nobody reads these lines."""
        self._timer.pause()
        if self.app.current_mode == self.NAME:
            return
        self.workers.cancel_group(self, "watch")
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None

    def show_state(self, state: PrinterState) -> None:
        """Ask for the lines once the server is there; a watch goes on by itself."""
        super().show_state(state)
        self.reachable = state.phase is not Phase.DISCONNECTED

    def watch_reachable(self, reachable: bool) -> None:
        """The server came or went."""
        if reachable and self.is_current:
            self._watch()

    @work(group="watch", exclusive=True, exit_on_error=False)
    async def _watch(self) -> None:
        backend = self.app.backend
        if self._stop_watching is not None:
            return
        if Capability.CONSOLE not in backend.capabilities:
            if not self.lines.rows:
                self.lines.note(NO_LINES)
            return
        self._is_caught_up = False
        try:
            self._stop_watching = await backend.watch_console(self._heard, backlog=KEPT)
        except GbtermError as error:
            self.tell(str(error), is_error=True)
        self._is_caught_up = True

    def _heard(self, batch: ConsoleLines) -> None:
        if self._is_caught_up:
            self.add_lines(batch)
        else:
            self.lines.catch_up(batch)
            self._is_drawn = False

    def add_lines(self, batch: ConsoleLines) -> None:
        """These came; they are drawn with the next ones."""
        self.lines.add(batch)
        self._is_drawn = False

    def _draw(self) -> None:
        if not self._is_drawn:
            self.redraw()

    def redraw(self) -> None:
        """Show the lines as they are to be shown now."""
        self._is_drawn = True
        self.view.update()
        self.show_place()

    # How they are shown

    def action_hide_ok(self) -> None:
        """Hide or show oks."""
        self.hiding ^= {"hide_ok"}

    def action_hide_temperatures(self) -> None:
        """Hide or show temperatures and positions."""
        self.hiding ^= {"hide_temperatures"}

    def action_hide_moves(self) -> None:
        """Hide or show moves."""
        self.hiding ^= {"hide_moves"}

    def action_raw_lines(self) -> None:
        """With line numbers and checksums, or without."""
        self.is_raw = not self.is_raw

    def action_wrap_lines(self) -> None:
        """Whole, or cut."""
        self.is_wrapping = not self.is_wrapping

    def watch_hiding(self) -> None:
        """Other lines are hidden."""
        hidden = (HIDES[action] for action in self.hiding)
        self.view.hidden = frozenset[str]().union(*hidden)
        self.redraw()

    def watch_is_raw(self) -> None:
        """The same lines otherwise."""
        self.view.is_raw = self.is_raw
        self.redraw()

    def watch_is_wrapping(self) -> None:
        """The same lines otherwise."""
        self.view.is_wrapping = self.is_wrapping
        self.redraw()

    @on(LogView.Moved)
    def show_place(self) -> None:
        """Say what is hidden and where one is."""
        found, current = self.lines.found, self.view.current
        self.where.place = Place(
            self.hiding,
            self.is_raw,
            self.is_wrapping,
            self.view.below,
            self.lines.sought,
            len(found),
            0 if current is None else bisect_right(found, current),
        )
        self.update_possible()

    def impossible(self) -> set[str]:
        """Nothing to go to where nothing was found."""
        return set() if self.lines.found else {"find_older", "find_newer"}

    # Moving in them

    def action_scroll_back(self) -> None:
        """A page back."""
        self.view.action_page(-1)

    def action_scroll_on(self) -> None:
        """A page on."""
        self.view.action_page(1)

    def action_follow(self) -> None:
        """The last line."""
        self.view.action_follow()

    # Finding

    def action_find(self) -> None:
        """Type what to find."""
        self.add_class("-finding")
        self.search.focus()
        self._sought_from = self.view.last_in_sight
        self.seek(self.search.value)

    def end_finding(self) -> None:
        """Find nothing any more."""
        self.remove_class("-finding")
        self.seek("")

    def seek(self, text: str) -> None:
        """Mark what holds `text`, and go to the last such line of those in sight or before."""
        self.lines.find(text)
        self.view.current = None
        self._go_to_found(bisect_right(self.lines.found, self._sought_from or 0) - 1)

    @on(FindLine.Changed, "#sought")
    def _sought_changed(self, event: FindLine.Changed) -> None:
        self.seek(event.value)

    @on(FindLine.Submitted, "#sought")
    def _sought_entered(self) -> None:
        self.remove_class("-finding")
        self.view.focus()

    def action_find_older(self) -> None:
        """The match before."""
        self._go_to_found(self._place_found() - 1)

    def action_find_newer(self) -> None:
        """The match after."""
        found, here = self.lines.found, self._place_found()
        is_on_it = here < len(found) and found[here] == self.view.current
        self._go_to_found(here + is_on_it)

    def _place_found(self) -> int:
        return bisect_left(self.lines.found, self.view.current or 0)

    def _go_to_found(self, place: int) -> None:
        if 0 <= place < len(self.lines.found):
            self.view.show_found(self.lines.found[place])
        self.redraw()

    @work(group="save", exclusive=True, exit_on_error=False)
    async def action_save_lines(self) -> None:
        """Ask for a path, then write what is not hidden."""
        lines = self.lines.shown()
        which = f"the {len(lines)} lines{' that are not hidden' if self.hiding else ''}"
        try:
            self.tell(await save_lines(self.app, lines, which))
        except GbtermError as error:
            self.tell(str(error), is_error=True)
