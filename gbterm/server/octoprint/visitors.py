"""Who sends a request: let in by the same rules as at the door of WebSocket clients."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from contextlib import suppress

from aiohttp import web

from gbterm.errors import AuthenticationRefused, WrongState
from gbterm.server import access
from gbterm.server.admission import Rules
from gbterm.server.arrivals import Handshake
from gbterm.server.client import Client
from gbterm.server.guard import KEY_NEEDED, Guard
from gbterm.server.keys import Key
from gbterm.server.pace import BURST_S, Pace
from gbterm.text import scrub

KEY_IN_ADDRESS = (
    "A key in an address stays in logs and histories: send it in the header X-Api-Key instead."
)
NAME_MOST = 60


class Visitors:
    """Knows the connections of a server, and whose they are."""

    def __init__(self, guard: Guard, rules: Rules) -> None:
        self._guard, self._rules = guard, rules
        self._allowed = access.allowed(rules.allowed)
        self._arriving: deque[web.RequestHandler] = deque()
        self._known: set[web.RequestHandler] = set()
        self._paces: dict[Key | None, Pace] = {}

    def arrive(self, server: web.Server, tls: ssl.SSLContext | None) -> asyncio.Protocol:
        """A new connection, or the handshake ahead of it. Of too many strangers, the oldest goes.

        Who is silent, or slow to say what he wants, so keeps nobody out.
        """
        if len(self._arriving) >= 2 * self._rules.max_clients:
            _abort(self._arriving.popleft())
        made = server()
        self._arriving.append(made)
        return Handshake(made, made.data_received, tls) if tls else made

    def abort(self) -> None:
        """Cut those that have not shown who they are."""
        for one in self._arriving:
            _abort(one)

    async def admit(self, request: web.Request) -> Client:
        """Who sends `request`, once that may be served.

        Raises `AuthenticationRefused`, late for a wrong key, and `WrongState` where the place is
        full. A client whose scopes are empty is a stranger.
        """
        client = await self._identified(request)
        if client.scopes:
            self._settle(request.protocol)
            pace = self._paces.setdefault(client.key, self._new_pace())
            # A key is of many connections, and one of them may be about to send M112.
            await asyncio.sleep(min(pace.take(1), BURST_S))
        return client

    def is_valid(self, client: Client) -> bool:
        """Whether a client that was let in once may stay."""
        return client.key is None or self._guard.is_valid(client.key)

    async def _identified(self, request: web.Request) -> Client:
        headers = request.headers
        hosts, origins = (headers.getall(name, []) for name in ("Host", "Origin"))
        here, there = (_address(request, name) for name in ("sockname", "peername"))
        if refusal := access.refusal(hosts, origins, here, self._allowed):
            raise AuthenticationRefused(refusal)
        if "apikey" in request.query:
            raise AuthenticationRefused(KEY_IN_ADDRESS)
        keys = access.keys_in(
            *(headers.getall(name, []) for name in ("Authorization", "X-Api-Key"))
        )
        is_from_here = access.is_loopback(there) and not access.is_passed_on(headers)
        needs_key = self._rules.loopback_needs_key or not is_from_here
        client = Client(is_local=False, address=there)
        client.is_extended, client.name = True, scrub(headers.get("User-Agent", ""), NAME_MOST)
        await self._guard.let_in(client, keys, needs_key=needs_key)
        return client

    def _settle(self, connection: web.RequestHandler) -> None:
        if connection in self._known:
            return
        self._known = set(filter(_is_open, self._known))
        if len(self._known) >= self._rules.max_clients:
            raise WrongState(f"There are {len(self._known)} clients already.")
        self._known.add(connection)
        with suppress(ValueError):
            self._arriving.remove(connection)

    def _new_pace(self) -> Pace:
        return Pace(self._rules.rate, asyncio.get_running_loop().time)


def require(client: Client) -> None:
    """Raise `AuthenticationRefused` for a stranger."""
    if not client.scopes:
        raise AuthenticationRefused(KEY_NEEDED)


def _address(request: web.Request, which: str) -> str:
    found = request.transport.get_extra_info(which) if request.transport else None
    return str(found[0]) if found else ""


def _is_open(connection: web.RequestHandler) -> bool:
    return connection.transport is not None and not connection.transport.is_closing()


def _abort(connection: web.RequestHandler) -> None:
    if connection.transport is not None:
        connection.transport.abort()
