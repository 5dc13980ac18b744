"""What every answer of the API draws on: the printer's state, and the calls that change it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from gbterm import jsonrpc
from gbterm.backends.opengb.peer import Peer
from gbterm.config.printer_tables import Volume
from gbterm.errors import AuthenticationRefused, UsageError, WrongState
from gbterm.files import GcodeFile, SelectedFile
from gbterm.model import PrinterState
from gbterm.server.client import Client
from gbterm.server.guard import Guard
from gbterm.server.keys import Scope
from gbterm.server.uploads import Uploads

BODY_S = 30.0
"""So long may a client take for a body, and so long for each piece of a file."""
BODY_MAX = 1 << 17
"""Bytes of a body that is no file."""

CLIENT = web.RequestKey("client", Client)
"""Who sends a request."""


@dataclass(slots=True)
class Api:
    """Passes what requests ask for on to `guard`, in the name of who sends them."""

    guard: Guard
    printer: Peer
    uploads: Uploads
    name: str
    """The printer's."""
    volume: Volume = field(default_factory=Volume)
    _selected: tuple[GcodeFile, str] | None = None
    """What was selected, and the id of the last print before that."""

    @property
    def state(self) -> PrinterState:
        """The printer's, for those who are let in: every key may watch.

        What somebody selected here stands in place of the last print's file until the next print.
        """
        state, selected = self.printer.state, self.selected
        if selected is None or state.has_print:
            return state
        time_s = float(selected.print_time_sec) or None
        return replace(state, job=None, selected=SelectedFile(selected.name, selected.size, time_s))

    @property
    def selected(self) -> GcodeFile | None:
        """What a start prints, unless it is the last print's file."""
        if self._selected is None or self._selected[1] != _id(self.printer.state):
            return None
        return self._selected[0]

    def select(self, request: web.Request, file: GcodeFile | None) -> None:
        """Have a start print `file`. Raises `AuthenticationRefused`, or in a print `WrongState`."""
        require_operate(request, "select files")
        if self.printer.state.has_print:
            raise WrongState("A file is being printed: select another one after that.")
        self._selected = None if file is None else (file, _id(self.printer.state))

    async def print(self, request: web.Request, file: GcodeFile) -> None:
        """Print a file, which is the selected one from then on. Raises what `guard` does."""
        await self.call(request, "print_gcode_file", id=file.id)
        self._selected = None

    async def call(self, request: web.Request, method: str, **params: Any) -> Any:
        """The result of a method. Raises what `guard` does."""
        return await self.guard.call(request[CLIENT], jsonrpc.Request(method, params))


def _id(state: PrinterState) -> str:
    return state.job.id if state.job is not None else ""


def require_operate(request: web.Request, what: str) -> None:
    """Raise `AuthenticationRefused` for a key that may not drive the printer."""
    if Scope.OPERATE not in request[CLIENT].scopes:
        raise AuthenticationRefused(
            f"The key may not {what}: that needs one with the scope {Scope.OPERATE.value}."
        )


def base_of(request: web.Request) -> str:
    """The server's address as `request` has it."""
    return str(request.url.origin())


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
