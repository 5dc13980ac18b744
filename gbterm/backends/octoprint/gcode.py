"""G-code for the board behind an OctoPrint, what goes over its cable, and what was heard before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gbterm import octoprint_requests as requests
from gbterm.actions import Reply
from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.doing import wrong_state
from gbterm.backends.given import mapping, number
from gbterm.backends.marlin import raw
from gbterm.backends.octoprint import temperatures
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.lines import Lines
from gbterm.config import Limits
from gbterm.console_lines import EVERYTHING, Filter
from gbterm.errors import UsageError, WrongState
from gbterm.gcode import typed
from gbterm.model import Phase
from gbterm.temperatures import Sample
from gbterm.text import scrub

_HOTTEST_C = requests.HOTTEST_C
BEYOND = Limits(
    nozzle_max=_HOTTEST_C, bed_max=_HOTTEST_C, chamber_max=_HOTTEST_C, feed_max_mm_s=10_000.0
)
"""OctoPrint knows no limits: past these a number is a mistake."""


class Gcode(Backend):
    """What a wrong moment is, the server says; why, is known here."""

    _http: Http
    _lines: Lines
    _ahead_s = 0.0
    """Of the clock here is the server's."""

    def _attend(self, kind: str, held: Any) -> None:
        """A message of the push socket, after the state has heard it."""
        told = mapping(held)
        if kind == "event" and told.get("type") == "CommandSuppressed":
            refused = mapping(told.get("payload"))
            text, why = str(refused.get("command")), str(refused.get("message"))
            self._lines.exchange.suppressed(text, why)
        elif kind in ("history", "current"):
            if (there := number(told.get("serverTime"))) is not None:
                self._ahead_s = there - time.time()
            logs = told.get("logs")
            lines = [str(line) for line in logs] if isinstance(logs, list) else []
            self._lines.take(lines, is_history=kind == "history")

    async def send_gcode(
        self, commands: str, *, confirmed: bool = False, wait: bool = True
    ) -> list[Reply]:
        """Held to what a board that is driven from here would be sent.

        Raises `CommandTimeout` where the server doesn't send one, or the board doesn't answer.
        """
        self.require(Capability.GCODE, "send G-code")
        texts = typed.read(commands)
        # The server lets everything pass beside a paused print.
        is_held = self.state.phase in (Phase.PAUSED, Phase.FILAMENT_SWAP)
        seen = replace(self.state, phase=Phase.READY) if is_held else self.state
        for text in texts:
            if text.startswith("@"):
                raise UsageError(f"{scrub(text, 40)!r} is for the server, not for the printer.")
            raw.check(text, seen, BEYOND, confirmed=confirmed)
        if not wait:
            await self._send(*texts, to="take commands")
            return []
        return await self._replies(texts, to="take commands")

    async def _replies(self, texts: Sequence[str], to: str) -> list[Reply]:
        async with self._lines.whole():
            asked = self._lines.exchange.expect(texts)
            try:
                await self._send(*texts, to=to)
                return [await self._lines.exchange.answer(one) for one in asked]
            finally:
                self._lines.exchange.forget(asked)

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = EVERYTHING, backlog: int = 0
    ) -> Callable[[], None]:
        """Of what went before nobody watched there are the last 300 lines of the server's."""
        self.require(Capability.CONSOLE, "show what goes over its cable")
        return await self._lines.watch(listener, wanted, backlog)

    async def temperature_history(self) -> list[Sample]:
        """Of the last half hour, by the clock here."""
        self.require(Capability.TEMPERATURE_HISTORY, "tell what its heaters were at")
        to = "tell what its heaters were at"
        answer = await self._ask(temperatures.HISTORY, temperatures.ASKED, to)
        return temperatures.samples(answer, self._ahead_s)

    async def _tell(self, path: str, body: Mapping[str, Any], to: str) -> None:
        try:
            await self._http.post(path, body)
        except WrongState as error:
            # The server says less of why than is known here, unless that is late.
            if self.state.phase is Phase.READY:
                raise
            raise wrong_state(self.name, self.state.phase, to) from error

    async def _ask(self, path: str, params: Mapping[str, str], to: str) -> Any:
        try:
            return await self._http.get(path, **params)
        except WrongState as error:
            raise wrong_state(self.name, Phase.DISCONNECTED, to) from error

    async def _send(self, *commands: str, to: str) -> None:
        await self._tell(*requests.send(*commands), to)
