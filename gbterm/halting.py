"""The emergency stop in the console: of the printer on show, and of any other one."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from functools import partial

from textual import events

from gbterm.backends import stopping
from gbterm.backends.base import Backend
from gbterm.discovery.printers import Listed
from gbterm.elsewhere import Elsewhere
from gbterm.keymap import BY_NAME
from gbterm.model import StopReport
from gbterm.others import is_shown
from gbterm.screens.stop import Stop, StopScreen
from gbterm.switching import SwitchingConsole
from gbterm.terminal import Terminal
from gbterm.widgets.words import stopped


class HaltingConsole(SwitchingConsole):
    """A console that stops a printer at once; the question comes never, the result after."""

    def __init__(
        self,
        backend: Backend,
        attach: str,
        starts: str,
        terminal: Terminal,
        elsewhere: Elsewhere | None,
    ) -> None:
        super().__init__(backend, attach, starts, terminal, elsewhere)
        self._stop_pressed_at = -math.inf
        self._stops: dict[tuple[str, str], asyncio.Task[StopReport]] = {}
        """The last one of each printer, by its name and the action."""

    @property
    def stop_keys(self) -> Sequence[str]:
        """Those that the user chose, or ours."""
        return BY_NAME["estop"].keys.split(",")

    def stop_at_once(self, pressed_at: float) -> None:
        """Past all keys that wait, of which none is done any more."""
        self._stop_pressed_at = pressed_at
        self.action_estop()

    async def on_event(self, event: events.Event) -> None:
        """Keys that waited when the stop was pressed are forgotten."""
        if not isinstance(event, events.Key | events.Paste) or event.time > self._stop_pressed_at:
            await super().on_event(event)

    def action_estop(self) -> None:
        """Stop the printer on show."""
        backend = self.backend  # on show now, whatever is when the answer comes
        self.halt(stop := Stop(backend.name, partial(stopping.stop, backend)))
        self.stopping = self._stops[stop.printer, stop.by]

    def stop_listed(self, printer: Listed) -> None:
        """Stop one of the Printers screen."""
        if is_shown(printer, self.backend):
            self.action_estop()
        else:
            self.halt(Stop(printer.name, partial(self.others.stop, printer), "stop_selected"))

    def halt(self, stop: Stop) -> None:
        """Stop a printer; nothing lies on the result. What is under way is not asked again."""
        self.clear_notifications()
        if not isinstance(self.screen, StopScreen) or not self.screen.is_about(stop):
            self.push_screen(screen := StopScreen(stop))
        elif self.screen.report is None:
            return
        else:
            screen = self.screen
        screen.report = None
        # No worker, for those end with the console.
        self._stops[stop.printer, stop.by] = asyncio.create_task(self._halt(screen, stop))

    async def _halt(self, screen: StopScreen, stop: Stop) -> StopReport:
        screen.report = await stop.press()
        return screen.report

    async def stops_done(self) -> str:
        """Wait for the stops that are under way; what came of them, in a sentence each."""
        waiting = {which: stop for which, stop in self._stops.items() if not stop.done()}
        return " ".join([stopped(await stop, name) for (name, _), stop in waiting.items()])
