"""OctoPrint's push socket: raw JSON over a WebSocket, which tells nobody that it lives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from typing import Any

import aiohttp

from gbterm.backends.base import Clock
from gbterm.backends.octoprint.http import Http
from gbterm.errors import AuthenticationRefused, LinkError
from gbterm.jsonrpc import is_too_much

PATH = "/sockjs/websocket"
OPEN_S = 8.0
GREETING_S = 8.0
"""A login that the server can't read is not answered at all."""
PING_S = 4.0
"""After so long a silence the server is asked whether it lives."""
PONG_S = 4.0
"""After so long without an answer it is gone."""
MESSAGE_MAX = 32 << 20
"""Bytes; one message held 4,000 lines of a board."""

EVENTS = (
    *("PrintStarted", "PrintFailed", "PrintDone", "PrintCancelled"),
    *("PrinterStateChanged", "Error", "EStop", "PositionUpdate", "ToolChange", "FirmwareData"),
    *("Connected", "CommandSuppressed"),
)
PLUGINS = ("action_command_prompt", "action_command_notification")

_LIVES = r"^Recv: (?:echo:)?busy"

Message = tuple[str, Any]
"""Its kind, as `current`, and what it holds, as it came: nothing of it is fit to be shown."""


class Silence:
    """How long nothing came, and what to do about it; `clock` tells seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._since = clock, clock()
        self._asked_at: float | None = None

    def broken(self) -> None:
        """Something came."""
        self._since, self._asked_at = self._clock(), None

    @property
    def left_s(self) -> float:
        """How long to wait from now on, until `is_over` has to be looked at again."""
        until = self._since + PING_S if self._asked_at is None else self._asked_at + PONG_S
        return max(0.0, until - self._clock())

    @property
    def is_over(self) -> bool:
        """Whether the server was asked and still says nothing."""
        return self._asked_at is not None and not self.left_s

    def asked(self) -> None:
        """A ping was sent: only from then on its silence counts, for it may be this process that
        was stopped before."""
        self._asked_at = self._clock()


class Push:
    """An open push socket. Its methods raise `LinkError`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, who: str, clock: Clock) -> None:
        self._socket, self._who = socket, who
        self._silence = Silence(clock)

    @classmethod
    async def open(cls, http: Http, clock: Clock) -> Push:
        """Connect to the socket of the server; nothing was said on it yet."""
        try:
            async with asyncio.timeout(OPEN_S):
                return cls(await http.websocket(PATH, MESSAGE_MAX), http.who, clock)
        except TimeoutError as error:
            raise LinkError(f"{http.who} did not open its push socket in time.") from error

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        await self._put(self._socket.send_json(message))

    async def receive(self) -> list[Message]:
        """The next messages of the server; asks for a sign of life where none comes."""
        while True:
            try:
                # Its own limit takes 0 for none at all.
                async with asyncio.timeout(self._silence.left_s):
                    frame = await self._socket.receive()
            except TimeoutError:
                await self._ask_for_life()
                continue
            self._silence.broken()
            # What came in one piece is handed out without a pause, and frames of two bytes can be
            # a hundred thousand in one.
            await asyncio.sleep(0)
            if frame.type is aiohttp.WSMsgType.TEXT:
                return self._read(frame.data)
            if frame.type is aiohttp.WSMsgType.PING:
                await self._put(self._socket.pong(frame.data))
            elif frame.type not in (aiohttp.WSMsgType.PONG, aiohttp.WSMsgType.BINARY):
                raise LinkError(f"{self._who} closed the connection.")

    async def close(self) -> None:
        """Close; never raises."""
        try:
            async with asyncio.timeout(1.0):
                await self._socket.close()
        except (aiohttp.ClientError, OSError):
            pass

    async def _put(self, sent: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(PONG_S):
                await sent
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one
            whom = self._who[:1].lower() + self._who[1:]
            raise LinkError(f"The connection to {whom} broke.") from error

    async def _ask_for_life(self) -> None:
        if self._silence.is_over:
            raise LinkError(f"{self._who} is mute: it says nothing any more.")
        await self._put(self._socket.ping())
        self._silence.asked()

    def _read(self, text: str) -> list[Message]:
        if is_too_much(text):
            raise LinkError(f"{self._who} tells more at once than anybody can read.")
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise LinkError(f"{self._who} is no OctoPrint: what it tells can't be read.") from error
        if not isinstance(message, dict):
            return []
        if "reauthRequired" in message:
            raise AuthenticationRefused(f"{self._who} wants a fresh login.")
        return list(message.items())


def subscription(lines: bool | str) -> dict[str, Any]:
    """What is told from now on, nothing twice; `lines` as `Session.hear_lines` takes it.

    What a board says to show that it lives is told in any case.
    """
    if lines is not True:
        lines = f"{lines}|{_LIVES}" if lines else _LIVES
    state = {"logs": lines, "messages": False}
    return {"subscribe": {"state": state, "events": list(EVENTS), "plugins": list(PLUGINS)}}
