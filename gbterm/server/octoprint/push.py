"""The push socket in its raw form: what changes is told as OctoPrint tells it, one message each.

https://docs.octoprint.org/en/master/api/push.html. `connected` comes first, then whoever isn't let
in by his request says by `auth` who he is, and `history`, `current` and `event` follow.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from gbterm.errors import WrongState
from gbterm.server.admission import STRANGER_MESSAGE, STRANGERS
from gbterm.server.arrivals import CLOSE_S
from gbterm.server.client import Client
from gbterm.server.octoprint.about import LIKE
from gbterm.server.octoprint.api import CLIENT, Api
from gbterm.server.octoprint.listener import Listener
from gbterm.server.octoprint.sessions import Sessions

PATH = "/sockjs/websocket"
KEY_WITHIN_S = 10.0
PING_S = 20.0


class Push:
    """The open push sockets. `see` wakes them."""

    def __init__(self, api: Api, sessions: Sessions, is_valid: Callable[[Client], bool]) -> None:
        self._api, self._sessions, self._is_valid = api, sessions, is_valid
        self._open: set[Listener] = set()

    def see(self) -> None:
        """The printer's state has changed, or time went by. Never waits."""
        for one in self._open:
            one.changed.set()

    def routes(self) -> web.RouteTableDef:
        """The socket, and what SockJS clients ask before they try it."""
        table = web.RouteTableDef()

        @table.get("/sockjs/info")
        async def info(_: web.Request) -> web.Response:
            told = {"websocket": True, "cookie_needed": False, "origins": ["*:*"]}
            return web.json_response(told | {"entropy": secrets.randbits(32)})

        @table.get(PATH)
        async def socket(request: web.Request) -> web.StreamResponse:
            return await self._serve(request)

        return table

    async def close(self) -> None:
        """Close them all, also those whose clients read nothing any more."""
        closing = [one.socket.close() for one in self._open]
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*closing, return_exceptions=True)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        client = request[CLIENT]
        if not client.scopes and self._strangers >= STRANGERS:
            raise WrongState(f"There are {self._strangers} clients already who show no key.")
        socket = web.WebSocketResponse(
            heartbeat=PING_S, max_msg_size=STRANGER_MESSAGE, compress=False
        )
        await socket.prepare(request)
        one = Listener(self._api, socket, client)
        self._open.add(one)
        telling = asyncio.create_task(self._tell(one))
        try:
            await one.send("connected", {"version": LIKE, "display_version": LIKE, "debug": False})
            await self._hear(one)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self._open.discard(one)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            one.close()
        return socket

    @property
    def _strangers(self) -> int:
        return sum(not one.client.scopes for one in self._open)

    async def _hear(self, one: Listener) -> None:
        while True:
            # A stranger has to say soon who he is; others may be silent, and are pinged.
            async with asyncio.timeout(None if one.client.scopes else KEY_WITHIN_S):
                message = await one.socket.receive()
            if message.type is not WSMsgType.TEXT:
                return
            try:
                said = json.loads(message.data)
            except (ValueError, RecursionError):
                said = None
            if not isinstance(said, dict):
                continue
            if "auth" in said:
                client = self._sessions.client(said["auth"])
                if client is None or not self._is_valid(client):
                    await one.send("reauthRequired", {"reason": "stale"})
                    return
                one.enter(client)
            one.take(said)

    async def _tell(self, one: Listener) -> None:
        with suppress(ConnectionError, TimeoutError):
            while True:
                await one.wait()
                if not one.client.scopes:
                    continue
                if not self._is_valid(one.client):
                    break
                await one.tell()
        await one.socket.close()
