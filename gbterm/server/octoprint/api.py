"""What every answer of the API draws on: the printer's state, and the calls that change it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gbterm import jsonrpc
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import UsageError
from gbterm.model import PrinterState
from gbterm.server.client import Client
from gbterm.server.guard import Guard
from gbterm.server.uploads import Uploads

BODY_S = 30.0
"""So long may a client take for a body, and so long for each piece of a file."""
BODY_MAX = 1 << 17
"""Bytes of a body that is no file."""

CLIENT = web.RequestKey("client", Client)
"""Who sends a request."""


@dataclass(frozen=True, slots=True)
class Api:
    """Passes what requests ask for on to `guard`, in the name of who sends them."""

    guard: Guard
    printer: Peer
    uploads: Uploads
    name: str
    """The printer's."""

    @property
    def state(self) -> PrinterState:
        """The printer's, for those who are let in: every key may watch."""
        return self.printer.state

    async def call(self, request: web.Request, method: str, **params: Any) -> Any:
        """The result of a method. Raises what `guard` does."""
        return await self.guard.call(request[CLIENT], jsonrpc.Request(method, params))


async def body(request: web.Request) -> dict[str, Any]:
    """The JSON object that a request holds; an empty one for nothing. Raises `UsageError`."""
    async with asyncio.timeout(BODY_S):
        data = await request.read()
    if not data:
        return {}
    if jsonrpc.is_too_much(data):
        raise UsageError("The body holds more than this request can: send less.")
    try:
        found = jsonrpc.parse(data)
    except jsonrpc.RpcError:
        raise UsageError("The body is no JSON: send an object.") from None
    if not isinstance(found, dict):
        raise UsageError("The body must be a JSON object.")
    return found


def command(found: Mapping[str, Any], *known: str) -> str:
    """The `command` of a body. Raises `UsageError` for any that is not `known`."""
    asked = found.get("command")
    if asked not in known:
        raise UsageError(f"The command must be one of {', '.join(known)}.")
    return str(asked)
