"""From one printer to another, while the console runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from gbterm.backends.base import Backend
from gbterm.elsewhere import Elsewhere
from gbterm.keeping import KeepingConsole
from gbterm.model import PrinterState
from gbterm.screens.base import Console
from gbterm.screens.connect import Connected, ConnectScreen
from gbterm.screens.stop import StopScreen
from gbterm.temperatures import Temperatures
from gbterm.terminal import Terminal
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.cli.opening import Opened


class SwitchingConsole(KeepingConsole):
    """A console that can leave its printer for another one."""

    def __init__(
        self,
        backend: Backend,
        attach: str,
        starts: str,
        terminal: Terminal,
        elsewhere: Elsewhere | None,
    ) -> None:
        super().__init__(backend, starts, terminal, elsewhere)
        self.attach = attach
        self.title = f"gbterm {scrub(backend.name)}"

    def follow(self) -> None:
        """Hear of the backend's events from now on."""
        raise NotImplementedError

    def unfollow(self) -> None:
        """Hear of them no more."""
        raise NotImplementedError

    def farewell(self) -> str | None:
        """What a print does without the console, in a sentence; None without a print."""
        raise NotImplementedError

    def connect_to(self, name: str, option: str, value: str) -> None:
        """Show another printer instead: the one that this option of the command line means.

        A print on the one that is left goes on; where the other can't be had, this one stays.
        """
        if self.under_way:
            self.say(f"{self.under_way} must end first.", "warning")
            return
        self.reach(name, partial(self.elsewhere.open, option, value))

    def reach(self, name: str, opens: Callable[[], Opened]) -> None:
        """Show the printer that `opens`, which blocks, once it is connected."""
        self.push_screen(ConnectScreen(name, opens), self._connected)

    def _connected(self, connected: Connected | None) -> None:
        if connected is not None:
            self.run_worker(self._take(connected), exit_on_error=False)

    async def _take(self, connected: Connected) -> None:
        if isinstance(self.screen, StopScreen):
            await connected.backend.close()
            stopped = scrub(self.screen.stop.printer)
            self.say(
                f"{scrub(self.backend.name)} stays on show, for {stopped} was stopped.", "warning"
            )
            return
        farewell = self.farewell()
        # Up to the new screen nothing waits: a key is for the printer on show.
        self.unfollow()
        self.workers.cancel_group(self, "commands")
        left, self.backend = self.backend, connected.backend
        is_kept = self.others.keep(left)
        self.attach, self.starts = connected.opened.attach, scrub(connected.opened.starts)
        self.title = f"gbterm {scrub(self.backend.name)}"
        self.temperatures, self.noted = Temperatures(), ()
        self.set_reactive(Console.state, PrinterState())
        self.forget_actions()
        await asyncio.gather(*self._begin_anew())
        self.follow()
        if not is_kept:
            await left.close()
        for text in filter(None, (farewell, connected.opened.note)):
            self.say(text)
        if connected.is_key_new:
            self.offer_to_keep_key(connected.opened)
        else:
            await self.offer_to_keep(connected.opened)

    def _begin_anew(self) -> Iterator[Awaitable[object]]:
        """With new screens, for each keeps what it knows of its printer."""
        before = self.current_mode
        for name in self.MODES:
            if name != before:
                yield self._renew(name)
        yield self.switch_mode("dashboard" if before != "dashboard" else "printers")
        yield self._renew(before)

    def _renew(self, mode: str) -> Awaitable[object]:
        removed = self.remove_mode(mode)
        self.add_mode(mode, self.MODES[mode])
        return removed
