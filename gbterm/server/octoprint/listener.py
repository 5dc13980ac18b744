"""One push socket: what its client wants to hear, and what it was told."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from aiohttp import web

from gbterm.backends.opengb.console import PeerConsole
from gbterm.console_lines import EVERYTHING, ConsoleLines
from gbterm.errors import GbtermError
from gbterm.model import Position, PrinterState
from gbterm.server.client import Client
from gbterm.server.octoprint import events, shapes
from gbterm.server.octoprint.api import Api

EVERY_S, SLOWEST = 0.5, 120
"""`current` comes so often at most, or so many times as seldom."""
SEND_S = 30.0
LOGS_MOST = 300
"""Lines of one message; of more, the last."""


class Listener:
    """A push socket, and what its client was told last."""

    def __init__(self, api: Api, socket: web.WebSocketResponse, client: Client) -> None:
        self.socket, self.client, self.changed = socket, client, asyncio.Event()
        self._api, self._console = api, api.printer.console
        self._told: PrinterState | None = None
        self._heard_at: float | None = None
        self._due, self._every_s = 0.0, EVERY_S
        self._is_pending, self._is_new = False, bool(client.scopes)
        self._events: bool | set[str] = True
        self._plugins: bool | set[str] = True
        self._logs = True
        self._messages = True
        self._lines: deque[str] = deque(maxlen=LOGS_MOST)
        self._watching: asyncio.Task[Callable[[], None]] | None = None
        self.changed.set()

    def enter(self, client: Client) -> None:
        """It is this client's from now on, which is told how everything is."""
        self.client, self._is_new = client, True
        self.changed.set()

    def take(self, said: dict[str, Any]) -> None:
        """What its client asks for; what makes no sense changes nothing."""
        factor = said.get("throttle")
        if isinstance(factor, int) and not isinstance(factor, bool) and 0 < factor <= SLOWEST:
            self._every_s = factor * EVERY_S
        wanted = said.get("subscribe")
        if isinstance(wanted, dict):
            state = wanted.get("state", True)
            asked = state if isinstance(state, dict) else {"logs": bool(state), "messages": state}
            # A pattern of a client is not tried on lines: one can take for ever.
            self._logs = bool(asked.get("logs", False))
            self._messages = asked.get("messages") is True
            self._events = _names(wanted.get("events", True))
            self._plugins = _names(wanted.get("plugins", True))
            self._is_new = self._is_new or self._told is not None
            self.changed.set()

    async def wait(self) -> None:
        """Until there may be something to tell."""
        left = max(0.0, self._due - time.monotonic()) if self._is_pending else None
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self.changed.wait()
        self.changed.clear()

    async def tell(self) -> None:
        """What has changed since."""
        state = self._api.state
        if self._is_new:
            await self._watch(self._api.printer.console)
            self._is_new, self._is_pending, self._told = False, False, state
            await self.send("history", self._current(state) | {"temps": self._samples(state)})
            # It has no position, and one that stays so is told no other time.
            await self._tell_happened(replace(state, position=Position()), state)
            return
        await self._tell_happened(self._told or state, state)
        is_news = state != self._told or self._lines or self._is_pending
        self._told = state
        self._is_pending = bool(is_news)
        if is_news and time.monotonic() >= self._due:
            self._is_pending, self._due = False, time.monotonic() + self._every_s
            await self.send("current", self._current(state) | {"temps": self._samples(state)})

    async def _tell_happened(self, before: PrinterState, state: PrinterState) -> None:
        for kind, payload in events.between(before, state):
            if _is_wanted(kind, self._events):
                await self.send("event", {"type": kind, "payload": payload})
        for plugin, data in events.of_plugins(before, state):
            if _is_wanted(plugin, self._plugins):
                await self.send("plugin", {"plugin": plugin, "data": data})

    def _current(self, state: PrinterState) -> dict[str, Any]:
        lines = list(self._lines)
        self._lines.clear()
        job = shapes.job(state)
        return {
            "state": shapes.about_state(state),
            "job": job["job"],
            "progress": job["progress"],
            "currentZ": state.position.z,
            "offsets": {},
            "resends": {"count": state.job.resends if state.job else 0},
            "logs": lines if self._logs else [],
            "messages": [line[6:] for line in lines if line.startswith("Recv: ")]
            if self._messages
            else [],
            "serverTime": time.time(),
        }

    def _samples(self, state: PrinterState) -> list[dict[str, Any]]:
        """The reading of now, unless it was told; none while there is no printer."""
        heard_at, self._heard_at = self._heard_at, self._api.printer.heard_at
        if not shapes.is_operational(state) or heard_at == self._heard_at:
            return []
        return [{"time": int(time.time()), **shapes.temperatures(state)}]

    async def _watch(self, console: PeerConsole) -> None:
        if self._logs and self._watching is None:
            self._watching = asyncio.create_task(console.watch(self._hear, EVERYTHING, LOGS_MOST))
            with suppress(GbtermError):  # without a printer process there are none
                await asyncio.shield(self._watching)

    def _hear(self, batch: ConsoleLines) -> None:
        for line in batch.lines:
            self._lines.append(f"{'Send' if line.direction == 'out' else 'Recv'}: {line.text}")
        self.changed.set()

    async def send(self, kind: str, held: Any) -> None:
        """A message. Raises `ConnectionError`, or `TimeoutError` where the client doesn't read."""
        async with asyncio.timeout(SEND_S):
            await self.socket.send_json({kind: held})

    def close(self) -> None:
        """Listen no more."""
        if self._watching is not None:
            self._watching.add_done_callback(_stop)


def _names(wanted: object) -> bool | set[str]:
    """Which are asked for: all, none or these."""
    return set(map(str, wanted)) if isinstance(wanted, list) else bool(wanted)


def _is_wanted(name: str, wanted: bool | set[str]) -> bool:
    return name in wanted if isinstance(wanted, set) else wanted


def _stop(watching: asyncio.Task[Callable[[], None]]) -> None:
    if not watching.cancelled() and watching.exception() is None:
        watching.result()()
