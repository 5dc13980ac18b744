"""The console: modes, keys, and the bridge from the backend's events to the screens."""

from __future__ import annotations

import asyncio
import math
import signal
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter
from textual.screen import ModalScreen
from textual.widgets import Input

from gbterm.backends.absent import NoPrinter
from gbterm.backends.base import Backend
from gbterm.cadence import Budget, lasting
from gbterm.commands import ActionProvider
from gbterm.elsewhere import Elsewhere
from gbterm.events import Event
from gbterm.halting import HaltingConsole
from gbterm.keymap import ACTIONS, BY_NAME, SCREENS, actions_of, key_of
from gbterm.messages import StateChanged
from gbterm.model import PrinterState, Prompt
from gbterm.notices import notices
from gbterm.screens.base import PrinterScreen, bindings
from gbterm.screens.go import GoScreen
from gbterm.screens.help import HelpScreen
from gbterm.screens.leave import LeaveScreen
from gbterm.screens.prompt import PromptScreen
from gbterm.screens.stop import StopScreen
from gbterm.terminal import ANY, TEXTUAL_THEMES, Terminal
from gbterm.widgets.bars import LOW, NARROW
from gbterm.widgets.glyphs import SafeGlyphs
from gbterm.widgets.words import farewell

if TYPE_CHECKING:
    from gbterm.cli.opening import Opened

LOAD_AFTER_S = 0.5
CHANGES_AT_ONCE, CHANGES_A_SECOND = 30, 5.0
RINGS_A_SECOND = 1.0
AGE_EVERY_S, AGE_EVERY_S_WHEN_SLOW = 1, 5


def main_screen(name: str) -> PrinterScreen:
    """The screen of that name, imported only now: the first one shows sooner without the others."""
    screen = getattr(import_module(f"gbterm.screens.{name}"), f"{name.title()}Screen")()
    assert isinstance(screen, PrinterScreen)
    return screen


class GbtermApp(HaltingConsole):
    """The console of one printer. `run()` returns what to tell the user after leaving, or None.

    The backend is connected before by the caller, who closes afterwards whatever it is then.
    """

    CSS_PATH = "app.tcss"
    MODES: ClassVar = {screen.name: partial(main_screen, screen.name) for screen in SCREENS}
    DEFAULT_MODE = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = bindings(a for a in ACTIONS if not a.screen)
    COMMANDS: ClassVar = {ActionProvider}
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
        self.theme = TEXTUAL_THEMES[terminal.theme]
        self.animation_level = "none"
        self._news_wait, self._news_come, self._shown_at = False, False, -math.inf
        self._changes = Budget(CHANGES_AT_ONCE, CHANGES_A_SECOND)
        self._rings = Budget(1, RINGS_A_SECOND)
        self._safe_glyphs = SafeGlyphs(terminal.glyphs)

    def get_line_filters(self) -> list[LineFilter]:
        """The last filter sees what every other one wrote."""
        return [
            *super().get_line_filters(),
            *([self._safe_glyphs] if self._safe_glyphs.enabled else []),
        ]

    # State

    def on_mount(self) -> None:
        """Follow the backend; load the other screens before somebody installs another version."""
        self.set_timer(LOAD_AFTER_S, self._load_screens)
        self.set_interval(self._age_step_s, self._look_at_age)
        self.take_keys()
        self.follow()

    def _load_screens(self) -> None:
        for screen in SCREENS:
            import_module(f"gbterm.screens.{screen.name}")

    def on_unmount(self) -> None:
        """Let go of the backend."""
        self.unfollow()

    def follow(self) -> None:
        """Hear of the backend's events from now on."""
        self._unsubscribe = self.backend.subscribe(self._heard)
        self._look_at_age()
        self.state = self.backend.state
        self.temperatures.take(self.state, self.clock())
        self.follow_actions(self.state)

    def unfollow(self) -> None:
        """Hear of them no more."""
        self._unsubscribe()

    def _heard(self, event: Event, state: PrinterState) -> None:
        del event
        if not self._news_come:  # else a peer that never stops would fill the queue
            self._news_come = True
            self.post_message(StateChanged(state))

    def on_state_changed(self, event: StateChanged) -> None:
        """The one place where the console's state changes; mere readings wait for their time."""
        del event  # what it holds may be of a printer that was left
        self._news_come = False
        now = self.clock()
        wait_s = self._shown_at + self.terminal.readings_s - now
        if wait_s <= 0 or (
            lasting(self.backend.state) != lasting(self.state) and self._changes.takes(now)
        ):
            self._show_news()
        elif not self._news_wait:
            self._news_wait = True
            self.set_timer(wait_s, self._show_news)

    def _show_news(self) -> None:
        self._news_wait, self._shown_at = False, self.clock()
        if self.screen_stack:  # none is left while the console closes
            self._look_at_age()
            self.state = self.backend.state

    @property
    def _age_step_s(self) -> int:
        return AGE_EVERY_S_WHEN_SLOW if self.terminal.slow else AGE_EVERY_S

    def _look_at_age(self) -> None:
        """Find out how old the readings are; nobody tells that nothing came."""
        fresh = self.backend.freshness(self._age_step_s)
        if fresh.is_old and not self.fresh.is_old:
            self.temperatures.lose(self.clock())
        self.fresh = fresh

    def watch_state(self, old: PrinterState, new: PrinterState) -> None:
        """What happened is remembered, said and shown; a question that went goes."""
        self.temperatures.take(new, self.clock())
        self.follow_actions(new)
        self._notify(old, new)
        if new.prompt != old.prompt:
            self._follow_prompt(new.prompt)

    def _notify(self, old: PrinterState, new: PrinterState) -> None:
        """Say what somebody has to hear of; not over a stop, which says more."""
        if isinstance(self.screen, StopScreen):
            return
        for notice in notices(old, new):
            self.say(notice.text, notice.severity)
            if notice.calls:
                self._ring()

    def _ring(self) -> None:
        if self.terminal.bell and self._rings.takes(self.clock()):
            self.bell()

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

    # The printer's questions

    def action_answer(self) -> None:
        """Show the open question."""
        if self.state.prompt is not None:
            self._show_prompt(self.state.prompt)

    def _show_prompt(self, prompt: Prompt) -> None:
        self.push_screen(PromptScreen(prompt), self._answer)

    def _answer(self, choice: int | None) -> None:
        if choice is not None:
            self.perform(lambda: self.backend.answer_prompt(choice))

    def _follow_prompt(self, prompt: Prompt | None) -> None:
        if isinstance(self.screen, PromptScreen):
            self.screen.dismiss(None)
        if prompt is None:
            return
        self._ring()
        answers = not prompt.choices or "answer" in self.possible
        if isinstance(self.screen, PrinterScreen) and answers and not self._takes_numbers:
            self._show_prompt(prompt)
        elif not isinstance(self.screen, StopScreen):
            self.say(f"The printer asks: {prompt.text}", "warning")

    @property
    def _takes_numbers(self) -> bool:
        """Whether a person may just be typing what would answer a question."""
        keys = {key for action in actions_of(self.current_mode) for key in action.keys.split(",")}
        return isinstance(self.focused, Input) or any(key.isdecimal() for key in keys)

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
