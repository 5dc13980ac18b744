"""A printer behind an OctoPrint server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from gbterm import octoprint_requests as requests
from gbterm.backends.capability import Capability
from gbterm.backends.octoprint import keys, permissions, states
from gbterm.backends.octoprint.control import Control
from gbterm.backends.octoprint.hearing import MUTE_S, Hearing
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.jobs import JobControl
from gbterm.backends.octoprint.library import Library
from gbterm.backends.octoprint.lines import Lines
from gbterm.backends.octoprint.port import Port
from gbterm.backends.octoprint.session import Login, Session
from gbterm.backends.octoprint.stop import stop
from gbterm.connection import Retry
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused, NoSuchFile, WrongState
from gbterm.events import Event, MessageReported, PhaseChanged, WaitBegan
from gbterm.model import Message, Phase, Prompt, StopReport
from gbterm.octoprint_shapes import Told

TOLD: dict[Told, str] = {
    "version": "/api/version",
    "connection": "/api/connection",
    "tool": requests.TOOL,
    "bed": requests.BED,
    "job": requests.JOB,
    "commands": "/api/system/commands",
}
LOOK_S = 1.0
MUTE = f"the board, which has said nothing for more than {MUTE_S:.0f} s"
MUTE_MESSAGE = (
    f"The board has said nothing for more than {MUTE_S:.0f} s, and OctoPrint goes on waiting for"
    " it: look at the printer."
)


class OctoPrintBackend(Library, Control, JobControl, Port):
    """`url` is `http://HOST[:PORT][/PREFIX]` or the same with `https://`."""

    grants_keys = True

    def __init__(
        self, url: str, name: str | None = None, credentials: Credentials | None = None
    ) -> None:
        super().__init__()
        self.address, self.name = url, name or url
        self._credentials = credentials or Credentials()
        self._http = Http(url, self._credentials)
        self._session = Session(
            self._http, lambda: self.clock(), self._logged_in, self._receive, self._lost
        )
        self._lines = Lines(self._session.hear_lines, self.report, lambda: self.clock())
        self._login = Login()
        self._hearing = Hearing(lambda: self.clock())
        self._watching: asyncio.Task[None] | None = None
        self._asked: Prompt | None = None
        """The firmware's question that waited at the login."""
        self._is_known = False
        """Whether the state is of this connection."""

    @property
    def capabilities(self) -> Capability:
        return permissions.capabilities(self._login.permissions)

    def lack(self, capability: Capability) -> str:
        return permissions.lack(capability) or super().lack(capability)

    def require(self, capability: Capability, what: str) -> None:
        """Raise `AuthenticationRefused` where it is the key that may not do it."""
        missing = capability & ~self.capabilities
        if missing and (why := permissions.lack(missing)):
            raise AuthenticationRefused(f"{self.name} can't {what}: {why}.")
        super().require(capability, what)

    @property
    def heard_at(self) -> float | None:
        return self._hearing.heard_at

    @property
    def retry(self) -> Retry | None:
        return self._session.retry

    async def connect(self) -> None:
        self._http.open()
        try:
            await self._session.connect(self._lines.wanted)
        except BaseException:
            await self._close_control()
            await self._http.close()
            raise
        self._watching = asyncio.create_task(self._watch_board())
        await self._read_machine()

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._session.close()
        await self._close_control()
        await self._http.close()
        self._lost("The connection was closed.")

    async def ask_for_key(self, told: Callable[[str, str], None]) -> str:
        return await keys.ask(self.address, self._credentials.tls_ca, told)

    async def emergency_stop(self) -> StopReport:
        return await stop(self.address, self._credentials)

    async def server_json(self, what: Told) -> Any:
        return await self._ask(TOLD[what], {}, "tell that")

    async def answer_prompt(self, choice: int) -> None:
        """Only what is still asked: the server takes a choice for one of the question that it has.

        Raises `WrongState` where that is another one by now.
        """
        self.require(Capability.PROMPTS, "answer prompts")
        shown = self.state.prompt
        if shown is None or await self._pending_prompt() != shown:
            raise WrongState("The printer does not ask that any more, so nothing was answered.")
        await self._http.post(*requests.answer(choice))

    async def _logged_in(self, login: Login) -> None:
        self._login, self._is_known = login, False
        self._asked = await self._pending_prompt()
        self._learn()

    async def _pending_prompt(self) -> Prompt | None:
        if Capability.PROMPTS not in self.capabilities:
            return None
        try:
            return states.prompt_of(await self._http.get(requests.PROMPT))
        except NoSuchFile:
            return None  # OctoPrint was told not to show any

    def _receive(self, kind: str, held: Any) -> None:
        now = time.time()
        if kind == "history" and not self._is_known:
            self._adopt(held)
        elif kind in ("history", "current"):
            if kind == "current" and states.is_of_board(held):
                self._hearing.heard()
            self._report_all(states.read_current(held, self.state))
            self._look_at_board()
        elif kind == "event":
            self._report_all(states.read_event(held, self.state, now))
        elif kind == "plugin":
            self._report_all(states.read_plugin(held, now))
        self._attend(kind, held)

    def _adopt(self, history: Any) -> None:
        self._is_known = True
        self._hearing.begin(states.age_of(history))
        known = states.adopted(history, MUTE_S)
        self._state = replace(known, messages=self._state.messages, prompt=self._asked)
        # A snapshot changes everything at once; its phase stands for the rest.
        told = PhaseChanged(known.phase, known.reason)
        for listener in tuple(self._listeners):
            listener(told, self.state)

    def _report_all(self, told: Iterable[Event]) -> None:
        was_operational = states.is_operational(self.state.phase)
        for event in tuple(told):
            self.report(event)
        if states.is_operational(self.state.phase) and not was_operational:
            self._hearing.begin()

    async def _watch_board(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._look_at_board()

    def _look_at_board(self) -> None:
        """Say so where the board is silent, which OctoPrint doesn't for 180 s."""
        is_mute = states.is_operational(self.state.phase) and self._hearing.is_mute
        waiting_for = MUTE if is_mute else ""
        if waiting_for != self.state.waiting_for:
            self.report(WaitBegan(waiting_for))
            if is_mute:
                self.report(MessageReported(Message(MUTE_MESSAGE, "warning", time.time())))

    def _lost(self, reason: str) -> None:
        if (self.state.phase, self.state.reason) != (Phase.DISCONNECTED, reason):
            self.report(PhaseChanged(Phase.DISCONNECTED, reason))
