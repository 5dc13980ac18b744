"""A printer behind an OctoPrint server."""

from __future__ import annotations

import time
from typing import Any

from gbterm.backends.capability import Capability
from gbterm.backends.octoprint import permissions, states
from gbterm.backends.octoprint.control import Control
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.lines import Lines
from gbterm.backends.octoprint.session import Login, Session
from gbterm.connection import Retry
from gbterm.credentials import Credentials
from gbterm.errors import NotSupported
from gbterm.events import PhaseChanged
from gbterm.model import Phase, StopReport


class OctoPrintBackend(Control):
    """`url` is `http://HOST[:PORT][/PREFIX]` or the same with `https://`."""

    grants_keys = True

    def __init__(
        self, url: str, name: str | None = None, credentials: Credentials | None = None
    ) -> None:
        super().__init__()
        self.address, self.name = url, name or url
        self._http = Http(url, credentials or Credentials())
        self._session = Session(
            self._http, lambda: self.clock(), self._logged_in, self._receive, self._lost
        )
        self._lines = Lines(self._session.hear_lines, self.report, lambda: self.clock())
        self._login = Login()
        self._is_adopted = False
        """Whether the state is that of this connection."""
        self._heard_at: float | None = None

    @property
    def capabilities(self) -> Capability:
        return permissions.capabilities(self._login.permissions)

    def lack(self, capability: Capability) -> str:
        return permissions.lack(capability) or super().lack(capability)

    @property
    def heard_at(self) -> float | None:
        return self._heard_at

    @property
    def retry(self) -> Retry | None:
        return self._session.retry

    async def connect(self) -> None:
        try:
            await self._session.hear_lines(self._lines.wanted)
            await self._session.connect()
        except BaseException:
            await self._http.close()
            raise
        await self._read_machine()

    async def close(self) -> None:
        await self._session.close()
        await self._close_control()
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

    def _logged_in(self, login: Login) -> None:
        self._login, self._is_adopted = login, False
        self._learn()

    def _receive(self, kind: str, held: Any) -> None:
        now = time.time()
        if kind == "history" and not self._is_adopted:
            self._state, self._is_adopted = states.adopted(held), True
            self._tell_all()
        elif kind in ("current", "history"):
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
        self._attend(kind, held)

    def _lost(self, reason: str) -> None:
        if (self.state.phase, self.state.reason) != (Phase.DISCONNECTED, reason):
            self.report(PhaseChanged(Phase.DISCONNECTED, reason))

    def _tell_all(self) -> None:
        # A snapshot changes everything at once; its phase stands for the rest.
        told = PhaseChanged(self.state.phase, self.state.reason)
        for listener in tuple(self._listeners):
            listener(told, self.state)
