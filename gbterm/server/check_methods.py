"""A file of the library is looked at when somebody asks for that, and before it is printed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from gbterm import wire
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import FileRefused, NeedsConfirmation, NotSupported, PrinterError
from gbterm.files import GcodeFile
from gbterm.findings import FileCheck, Measures, in_order, question, refusal, room
from gbterm.params import REQUIRED, Param, count
from gbterm.server.client import Client
from gbterm.server.library import Library
from gbterm.server.table import Method, Table
from gbterm.server.workers import Workers


class CheckMethods:
    """Serves `table`."""

    def __init__(self, printer: Peer, library: Library, workers: Workers) -> None:
        self._printer, self._library, self._workers = printer, library, workers
        self.table: Table = {
            "check_gcode_file": Method((Param("id", count, REQUIRED),), self._check)
        }

    async def _check(self, _: Client, given: dict[str, Any]) -> Any:
        file = await asyncio.to_thread(self._library.get, given["id"])
        return wire.to_json(await self._look(file))

    async def agree(self, file: GcodeFile, *, confirmed: bool) -> None:
        """Raise `FileRefused` where a file can't be printed, and `NeedsConfirmation` where somebody
        has to agree to it first, unless `confirmed`."""
        check = await self._look(file)
        if why := refusal(check):
            raise FileRefused(why)
        if not confirmed and (asked := question(check)):
            raise NeedsConfirmation(asked)

    async def _look(self, file: GcodeFile) -> FileCheck:
        measures = await self._measures()
        check = await asyncio.to_thread(self._library.known_check, file.id, measures)
        if check is None:
            check = await self._workers.check(file, measures)
        free = await asyncio.to_thread(self._library.free_bytes)
        return replace(check, name=file.name, findings=in_order((*check.findings, *room(free))))

    async def _measures(self) -> Measures:
        try:
            return wire.from_json(Measures, await self._printer.call("get_measures"))
        except (NotSupported, PrinterError, ValueError, TypeError, AttributeError):
            # An older printer process knows none; what it refuses, it goes on refusing.
            return Measures(self._printer.state.firmware)
