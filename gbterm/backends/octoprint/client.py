# ruff: noqa: ARG002
"""A printer behind an OctoPrint server."""

from __future__ import annotations

import time
from typing import Any

from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.octoprint import states
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.permissions import capabilities
from gbterm.backends.octoprint.session import Login, Session
from gbterm.connection import Retry
from gbterm.credentials import Credentials
from gbterm.errors import NotSupported
from gbterm.events import PhaseChanged
from gbterm.model import Phase, StopReport


class OctoPrintBackend(Backend):
    """`url` is `http://HOST[:PORT][/PREFIX]` or the same with `https://`."""

    def __init__(
        self, url: str, name: str | None = None, credentials: Credentials | None = None
    ) -> None:
        super().__init__()
        self.address, self.name = url, name or url
        self._http = Http(url, credentials or Credentials())
        self._session = Session(
            self._http, lambda: self.clock(), self._logged_in, self._receive, self._lost
        )
        self._login = Login()
        self._heard_at: float | None = None

    @property
    def capabilities(self) -> Capability:
        return capabilities(self._login.permissions)

    @property
    def heard_at(self) -> float | None:
        return self._heard_at

    @property
    def retry(self) -> Retry | None:
        return self._session.retry

    async def connect(self) -> None:
        try:
            await self._session.connect()
        except BaseException:
            await self._http.close()
            raise

    async def close(self) -> None:
        await self._session.close()
        await self._http.close()
        self._lost("The connection was closed.")

    async def emergency_stop(self) -> StopReport:
        raise NotSupported(f"{self.name} can't stop yet.")

    async def pause(self) -> None:
        raise NotSupported(f"{self.name} can't pause yet.")

    async def resume(self) -> None:
        raise NotSupported(f"{self.name} can't resume yet.")

    async def cancel(self) -> None:
        raise NotSupported(f"{self.name} can't cancel yet.")

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        raise NotSupported(f"{self.name} can't set temperatures yet.")

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        raise NotSupported(f"{self.name} can't move yet.")

    async def home(self, axes: str = "xyz") -> None:
        raise NotSupported(f"{self.name} can't home yet.")

    def _logged_in(self, login: Login) -> None:
        self._login = login

    def _receive(self, kind: str, held: Any) -> None:
        now = time.time()
        if kind == "history":
            self._state = states.adopted(held)
            self._tell_all()
        elif kind == "current":
            if states.is_of_board(held):
                self._heard_at = self.clock()
            for event in tuple(states.read_current(held, self.state)):
                self.report(event)
        elif kind == "event":
            for event in tuple(states.read_event(held, self.state, now)):
                self.report(event)
        elif kind == "plugin":
            for event in tuple(states.read_plugin(held, now)):
                self.report(event)
        lines = held.get("logs") if isinstance(held, dict) else None
        if isinstance(lines, list) and lines:
            self._hear_lines([str(line) for line in lines], now, is_history=kind == "history")

    def _hear_lines(self, lines: list[str], now: float, *, is_history: bool) -> None:
        """Lines as OctoPrint logs them, `Send: …`, `Recv: …` and its own remarks."""

    def _lost(self, reason: str) -> None:
        if (self.state.phase, self.state.reason) != (Phase.DISCONNECTED, reason):
            self.report(PhaseChanged(Phase.DISCONNECTED, reason))

    def _tell_all(self) -> None:
        # A snapshot changes everything at once; its phase stands for the rest.
        told = PhaseChanged(self.state.phase, self.state.reason)
        for listener in tuple(self._listeners):
            listener(told, self.state)
