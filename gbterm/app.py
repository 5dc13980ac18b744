"""The console: modes, keys, and leaving it."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter
from textual.screen import ModalScreen

from gbterm.backends.absent import NoPrinter
from gbterm.backends.base import Backend
from gbterm.commands import ActionProvider, NamedProvider
from gbterm.elsewhere import Elsewhere
from gbterm.following import FollowingConsole
from gbterm.keymap import ACTIONS, BY_NAME, SCREENS, key_of
from gbterm.screens.frame import PrinterScreen, bindings
from gbterm.screens.go import GoScreen
from gbterm.screens.help import HelpScreen
from gbterm.screens.leave import LeaveScreen
from gbterm.stylesheet import ParsedOnce
from gbterm.terminal import ANY, TEXTUAL_THEMES, Terminal
from gbterm.widgets.bars import LOW, NARROW
from gbterm.widgets.glyphs import SafeGlyphs
from gbterm.widgets.words import farewell

if TYPE_CHECKING:
    from gbterm.cli.opening import Opened

LOAD_AFTER_S = 0.5


def main_screen(name: str) -> PrinterScreen:
    """The screen of that name, imported only now: the first one shows sooner without the others."""
    screen = getattr(import_module(f"gbterm.screens.{name}"), f"{name.title()}Screen")()
    assert isinstance(screen, PrinterScreen)
    return screen


class GbtermApp(FollowingConsole):
    """The console of one printer. `run()` returns what to tell the user after leaving, or None.

    The backend is connected before by the caller, who closes afterwards whatever it is then.
    """

    CSS_PATH = "app.tcss"
    MODES: ClassVar = {screen.name: partial(main_screen, screen.name) for screen in SCREENS}
    DEFAULT_MODE = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = bindings(a for a in ACTIONS if not a.screen)
    COMMANDS: ClassVar = {ActionProvider, NamedProvider}
    ENABLE_COMMAND_PALETTE = False  # ours is an action like any other
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [  # noqa: RUF012 - as Textual has it
        (0, "-narrow"),
        (NARROW, "-normal"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [  # noqa: RUF012
        (0, "-low"),
        (LOW, "-high"),
        (36, "-tall"),
    ]

    def __init__(
        self,
        backend: Backend,
        *,
        attach: str = "gbterm",
        starts: str = "",
        elsewhere: Elsewhere | None = None,
        terminal: Terminal = ANY,
    ) -> None:
        """`attach` is the command that comes back, `starts` the one that starts the host again.

        `starts` is empty where the host is not ours to start; `elsewhere` knows other printers.
        """
        if isinstance(backend, NoPrinter):
            self.DEFAULT_MODE = "printers"  # type: ignore[misc]
        super().__init__(backend, attach, starts, terminal, elsewhere)
        self.stylesheet = ParsedOnce(variables=self.get_css_variables())
        self.theme = TEXTUAL_THEMES[terminal.theme]
        self.animation_level = "none"
        self._safe_glyphs = SafeGlyphs(terminal.glyphs)

    def get_line_filters(self) -> list[LineFilter]:
        """The last filter sees what every other one wrote."""
        return [
            *super().get_line_filters(),
            *([self._safe_glyphs] if self._safe_glyphs.enabled else []),
        ]

    def on_mount(self) -> None:
        """Load the other screens before somebody installs another version."""
        self.set_timer(LOAD_AFTER_S, self._load_screens)
        self.take_keys()

    def _load_screens(self) -> None:
        for screen in SCREENS:
            import_module(f"gbterm.screens.{screen.name}")

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The emergency stop is always there; dialogs hold back the palette."""
        del parameters
        if action == "palette":
            return not isinstance(self.screen, ModalScreen)
        if action in BY_NAME and action != "estop":
            return True if action in self.possible else None
        return True

    def action_go(self) -> None:
        """Wait for a letter."""
        self.push_screen(GoScreen(), self._go)

    async def _go(self, screen: str | None) -> None:
        if screen is not None:
            await self.switch_mode(screen)

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(HelpScreen(self.current_mode, self.backend))

    def action_palette(self) -> None:
        """Show the palette."""
        self.push_screen(CommandPalette(placeholder="Type a part of a command's name"))

    def action_redraw(self) -> None:
        """Others may have written to the terminal."""
        self.repaint()

    def action_help_quit(self) -> None:
        """Ctrl+C: it stops nothing and ends nothing, and says so."""
        leave = f"{key_of('quit')} leaves; a print goes on without the console."
        self.say(f"Ctrl+C does nothing here. {leave}")

    def action_reconnect(self) -> None:
        """Open the printer's port again."""
        self.perform(self.backend.reconnect)

    # Leaving

    async def action_quit(self) -> None:
        """Leave; while a print or an upload goes on, after saying what becomes of it."""
        if isinstance(self.screen, LeaveScreen):
            self.exit(self.farewell())
        elif text := self._what_goes_on():
            self.push_screen(LeaveScreen(text, self._nothing_goes_on), self._leave)
        else:
            self.exit(None)

    def _leave(self, sure: bool | None) -> None:
        if sure:
            self.exit(self.farewell())

    def _what_goes_on(self) -> str:
        unfinished = f"{self.under_way} would end unfinished." if self.under_way else ""
        return " ".join(text for text in (self.farewell(), unfinished) if text)

    def _nothing_goes_on(self) -> str:
        if self._what_goes_on():
            return ""
        leave = f"{key_of('quit')} leaves it at once."
        return f"What went on is over, so the console stayed open; {leave}"

    def terminal_lost(self) -> None:
        """Leave as after a question, for there is nobody to ask."""
        self.exit(self.farewell())

    def farewell(self) -> str | None:
        """What a print does now and how to come back, in a sentence; None without a print."""
        return farewell(self.state, self.attach)


async def run_console(
    backend: Backend,
    *,
    attach: str = "gbterm",
    starts: str = "",
    elsewhere: Elsewhere | None = None,
    terminal: Terminal = ANY,
    reaches: Opened | None = None,
) -> str | None:
    """Connect, show the console until the user leaves, close; returns what to print then.

    `reaches` is a printer that is shown instead as soon as it can be. The rest is as in
    `GbtermApp`.
    Raises `LinkError` or `AuthenticationRefused` before the screen is touched; and a mistake of
    ours that ended the console, with a note of what becomes of the printer.
    """
    await backend.connect()
    app = GbtermApp(backend, attach=attach, starts=starts, elsewhere=elsewhere, terminal=terminal)
    if reaches is not None:
        app.call_later(app.reach, reaches.target.name, lambda: reaches)
    try:
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(ending, app.terminal_lost)
        said = await app.run_async(mouse=terminal.mouse)
        said = await app.stops_done() or said
        if app.mistake is not None:
            app.mistake.add_note(app.farewell() or "The printer was left as it is.")
            raise app.mistake
        return said
    finally:
        await app.stops_done()
        await app.others.close()
        await app.backend.close()
