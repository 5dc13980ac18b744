"""What every screen may ask of the app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import var
from textual.worker import Worker, WorkerState

from gbterm.actions import Preset
from gbterm.backends.base import Backend
from gbterm.cadence import Budget
from gbterm.discovery.printers import Listed
from gbterm.driver import FrugalApp
from gbterm.elsewhere import Elsewhere, Nowhere
from gbterm.errors import GbtermError, NeedsConfirmation
from gbterm.freshness import Freshness
from gbterm.keymap import ACTIONS, BY_NAME, possible
from gbterm.messages import QuestionOvertaken
from gbterm.model import MESSAGES_KEPT, Message, Phase, PrinterState, StopReport
from gbterm.others import Others
from gbterm.pictures import Pictures, pictures
from gbterm.screens.confirm import ConfirmScreen
from gbterm.temperatures import Temperatures
from gbterm.terminal import ANY, Glyphs, Terminal
from gbterm.text import scrub
from gbterm.widgets import slices

if TYPE_CHECKING:
    from gbterm.screens.stop import Stop

Call = Callable[[], Awaitable[object]]
Asks = Callable[[str], ConfirmScreen]
GO_ON = partial(ConfirmScreen, yes="Go on", no="Don't")
"""How a question is put that a backend has."""

NOTE_MAX = 1000
"""Characters of a notification."""
NOTES_AT_ONCE, NOTES_A_SECOND = 8, 0.5
"""With more, those before go away: they would cover the screen."""

Clock = Callable[[], float]
"""Seconds that never go back."""


_COLORS = {"standard": 16, "256": 256, "truecolor": 1 << 24}

OF_THE_SELECTED_FILE = (
    *("print", "check_file", "view_layers", "select_file", "download"),
    *("rename", "delete", "move_file", "copy_file"),
)
OF_WHAT_IS_SELECTED = {
    **dict.fromkeys(OF_THE_SELECTED_FILE, "file"),
    "stop_selected": "printer",
}
"""What nobody may do to something that the screen doesn't show, and what it is done to."""


class Console(FrugalApp):
    """The app as screens see it: one state, one backend, and how to ask it for something."""

    state: var[PrinterState] = var(PrinterState())
    """The only copy of the printer's state in the console."""
    fresh: var[Freshness] = var(Freshness())
    """How old that is."""
    under_way: var[str] = var("")
    """What would end unfinished with the console, as `Uploading box.gcode`."""
    noted: var[tuple[slices.Note, ...]] = var(())
    """What the console itself has to say, shown among the printer's messages."""

    def __init__(
        self,
        backend: Backend,
        starts: str = "",
        terminal: Terminal = ANY,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """`starts` is the command that starts the printer's host again, where one can.

        `elsewhere` knows other printers.
        """
        # With an ansi theme, NO_COLOR hides nothing only where it is told here.
        super().__init__(ansi_color=True)
        self.backend, self.starts, self.terminal = backend, scrub(starts), terminal
        self.elsewhere = elsewhere or Nowhere()
        self.others = Others(self.elsewhere.backend_of)
        self.clock: Clock = time.monotonic
        self.stopping: asyncio.Task[StopReport] | None = None
        """The last emergency stop of a printer that was on show."""
        self._notes = Budget(NOTES_AT_ONCE, NOTES_A_SECOND)
        self.temperatures = Temperatures()
        """What the heaters were at, by `clock`."""
        self.set_reactive(Console.state, backend.state)

    def on_question_overtaken(self, event: QuestionOvertaken) -> None:
        """Write it down, for a notification goes away."""
        note = slices.Note(Message(event.why, "warning", time.time()), self.state.messages[-1:])
        self.noted = (*self.noted, note)[-MESSAGES_KEPT:]
        self.say(event.why, "warning")

    def trend(self, heater: str) -> float | None:
        """By how many °C a minute a heater rises now, by its name on the wire."""
        return self.temperatures.trend(heater, self.clock())

    @property
    def draws(self) -> Glyphs:
        """What the terminal draws."""
        return self.terminal.glyphs

    @property
    def pictures(self) -> Pictures:
        """How the terminal shows a picture; on a slow line, only where its user wishes it."""
        colors = _COLORS.get(self.console.color_system or "", 0)
        return pictures(self.draws, 0 if self.no_color or self.terminal.slow else colors)

    @property
    def possible(self) -> frozenset[str]:
        """The names of the actions that the printer can do now."""
        return possible(self.state, self.backend.capabilities)

    def take_keys(self) -> None:
        """Do what the keys do that the user chose."""
        chosen = {a.name: BY_NAME[a.name].keys for a in ACTIONS if BY_NAME[a.name] != a}
        self.set_keymap(chosen)

    def connect_to(self, name: str, option: str, value: str) -> None:
        """Show another printer instead: the one that this option of the command line means."""
        raise NotImplementedError

    def halt(self, stop: Stop) -> None:
        """Stop a printer at once, and show what came of it."""
        raise NotImplementedError

    def run_preset(self, preset: Preset, nozzle: int | None = None) -> None:
        """Set its targets: of one nozzle by index from 0, or of all."""
        raise NotImplementedError

    def stop_listed(self, printer: Listed) -> None:
        """The emergency stop of a printer of the Printers screen."""
        raise NotImplementedError

    def say(self, text: str, severity: str = "information") -> None:
        """Show a notification; its text is nobody's markup."""
        level = {"warning": "Warning", "error": "Error"}.get(severity, "")
        if not self._notes.takes(self.clock()):
            self.clear_notifications()
        self.notify(
            scrub(text, NOTE_MAX),
            title=level,
            severity=severity,  # type: ignore[arg-type]
            timeout=10 if level else 4,
            markup=False,
        )

    def perform(
        self,
        call: Call,
        *,
        agreed: Call | None = None,
        asks: Asks = GO_ON,
        then: Call | None = None,
    ) -> None:
        """Await `call` beside the screen; an error becomes a notification.

        Where the backend needs the user's agreement, it `asks`, and `agreed` is what a yes awaits
        instead. `then` follows a success. Notifications of what was asked before go away.
        """
        self.clear_notifications()
        self._perform(call, agreed, asks, then)

    @work(group="commands", exit_on_error=False)
    async def _perform(
        self, call: Call, agreed: Call | None, asks: Asks, then: Call | None
    ) -> None:
        try:
            if await self._agreed_to(call, agreed, asks) and then is not None:
                await then()
        except GbtermError as error:
            self.say(str(error), "error")

    async def _agreed_to(self, call: Call, agreed: Call | None, asks: Asks) -> bool:
        """Await `call`, or `agreed` if it takes an agreement; False where the user said no."""
        try:
            await call()
        except NeedsConfirmation as question:
            if agreed is None:
                raise
            if not await self.push_screen_wait(asks(str(question))):
                return False
            await agreed()
        return True

    def can_not_begin(self) -> str:
        """Why no print can begin now, in a sentence; empty where one can."""
        if self.state.phase in (Phase.READY, Phase.STARTING):
            return ""
        return "The printer is not ready any more, so nothing was begun."

    async def action_show(self, screen: str) -> None:
        """Show the screen of that name."""
        await self.switch_mode(screen)

    async def run_action_of(self, name: str) -> None:
        """Do the action `name` on the screen that it belongs to."""
        action = BY_NAME[name]
        screen = action.screen
        if screen:
            unseen = self.current_mode != screen
            await self.switch_mode(screen)
            if unseen and name in OF_WHAT_IS_SELECTED:
                self.say(f"Select the {OF_WHAT_IS_SELECTED[name]} first.")
                return
        await self.run_action(action.does, self.screen if screen else self)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A mistake of ours in a worker is said; it doesn't end the console."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self.say(f"Internal error ({type(error).__name__}): {error}", "error")
