"""Staying connected to an OctoPrint: a login and a push socket, one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gbterm.backends.backoff import pause_s
from gbterm.backends.base import Clock
from gbterm.backends.given import mapping
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.push import GREETING_S, Push, subscription
from gbterm.backends.share import Share
from gbterm.connection import Retry
from gbterm.errors import GbtermError, LinkError, NoSuchFile

LOGIN_S = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """As whom the server knows the key; `permissions` are OctoPrint's names of what it may."""

    permissions: frozenset[str] = frozenset()
    auth: str = ""
    """What the push socket is to be told."""


class Session:
    """Awaits `on_login` after each login; `on_message` hears of what comes then, `on_lost` why
    nothing comes any more."""

    def __init__(
        self,
        http: Http,
        clock: Clock,
        on_login: Callable[[Login], Awaitable[None]],
        on_message: Callable[[str, Any], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._http, self._clock = http, clock
        self._on_login, self._on_message, self._on_lost = on_login, on_message, on_lost
        self._push: Push | None = None
        self._lines: bool | str = False
        self.retry: Retry | None = None
        """The next attempt to connect, by the clock; None while connected."""
        self._staying: asyncio.Task[None] | None = None

    async def connect(self, lines: bool | str) -> None:
        """Log in, and stay so from now on; the state is told once this returns.

        `lines` is as `hear_lines` takes it. Raises `LinkError` or `AuthenticationRefused`.
        """
        self._lines = lines
        push = await self._opened()
        self._staying = asyncio.create_task(self._stay(push))

    async def close(self) -> None:
        """Disconnect for good."""
        if self._staying is not None:
            self._staying.cancel()
            await asyncio.gather(self._staying, return_exceptions=True)
        self.retry = None
        await self._drop()

    async def hear_lines(self, wanted: bool | str) -> None:
        """Which lines to and from the board come as `logs` from now on, also after a break.

        All, none, or those in which a regular expression is found. Raises `LinkError`.
        """
        self._lines = wanted
        if self._push is None or self.retry is not None:
            raise LinkError(f"{self._http.who} is out of reach.")
        await self._push.send(subscription(wanted))

    async def _stay(self, push: Push | None) -> None:
        failures = 0
        while True:
            why: GbtermError | None = None
            try:
                push = push or await self._opened()
                failures, self.retry = 0, None
                await self._read(push)
            except GbtermError as error:
                why = None if push else error  # who was let in may be so again
                self._on_lost(str(error))
            except Exception:  # noqa: BLE001 - a listener's mistake must not end the link for good
                _log.exception("what the server said could not be told")
                self._on_lost("gbterm failed inside; its log says why.")
            push = None
            await self._drop()
            pause = pause_s(failures, why)
            failures += 1
            self.retry = Retry(failures, self._clock() + pause)
            await asyncio.sleep(pause)

    async def _opened(self) -> Push:
        login = await self._login()
        await self._on_login(login)
        self._push = push = await Push.open(self._http, self._clock)
        try:
            # In this order, for each would be answered with a history of its own.
            await push.send(subscription(self._lines))
            await push.send({"auth": login.auth})
            async with asyncio.timeout(GREETING_S):
                await self._greeted(push)
        except TimeoutError as error:
            await self._drop()
            raise LinkError(f"{self._http.who} did not tell its state in time.") from error
        except BaseException:
            await self._drop()
            raise
        return push

    async def _greeted(self, push: Push) -> None:
        is_told = False
        while not is_told:
            for kind, held in await push.receive():
                self._on_message(kind, held)
                is_told = is_told or kind == "history"

    async def _read(self, push: Push) -> None:
        share = Share()
        while True:
            for kind, held in await push.receive():
                with share:
                    self._on_message(kind, held)
            await share.rest()

    async def _login(self) -> Login:
        try:
            async with asyncio.timeout(LOGIN_S):
                return await self._logged_in()
        except TimeoutError as error:
            raise LinkError(f"{self._http.who} did not log one in in time.") from error

    async def _logged_in(self) -> Login:
        try:
            user = mapping(await self._http.get("/api/currentuser"))
        except NoSuchFile as error:
            raise LinkError(f"{self._http.who} is no OctoPrint.") from error
        permissions = user.get("permissions")
        if not isinstance(permissions, list):
            raise LinkError(f"{self._http.who} is no OctoPrint.")
        if not user.get("name"):
            # Nobody's key: what is posted with it would be refused as forged.
            raise self._http.key_refused()
        answer = mapping(await self._http.post("/api/login", {"passive": True}))
        auth = f"{answer.get('name')}:{answer.get('session')}"
        return Login(frozenset(map(str, permissions)), auth)

    async def _drop(self) -> None:
        push, self._push = self._push, None
        if push is not None:
            await push.close()
