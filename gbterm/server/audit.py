"""Who did what, kept: noted at once, written in the background, and told to who may know.

Nobody ever waits for it: neither a call nor a print, whatever the disk does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from contextlib import suppress
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from gbterm import wire
from gbterm.audit import DONE, AuditEntry, Question, by_itself
from gbterm.errors import WrongState
from gbterm.host import calls
from gbterm.params import Param, count, number, words
from gbterm.server.audit_store import AuditStore
from gbterm.server.client import Client
from gbterm.server.table import Method, Table

WRITE_EVERY_S = 1.0
RETRY_S = 10.0
MOST_WAITING = 2000
"""Entries that wait for the disk; then the oldest go."""
NEAR = 20
USUAL_MOST = 50
_SAME = attrgetter(*(one.name for one in fields(AuditEntry) if one.name not in ("at", "times")))
_log = logging.getLogger(__name__)


class Audit:
    """Keeps entries in `store` where `is_kept`, those of the file `calls`, too; serves `table`."""

    def __init__(self, store: AuditStore, calls: Path, *, is_kept: bool = True) -> None:
        self._store, self._calls, self._is_kept = store, calls, is_kept
        self._waiting: list[AuditEntry] = []
        self._left_out = 0
        self._wake, self._turn = asyncio.Event(), asyncio.Lock()
        self._failure = ""
        asked = (Param("search", words, ""), Param("who", words, ""))
        times = (Param("since", number), Param("until", number))
        page = (Param("before", count), Param("most", count, USUAL_MOST))
        self.table: Table = {"get_audit": Method((*page, *asked, *times), self._get)}
        """Its methods by their names."""

    def note(self, entry: AuditEntry) -> None:
        """Keep `entry`. Never waits."""
        if not self._is_kept:
            return
        # What was refused may have been tried a thousand times between two others.
        near = self._waiting[-(NEAR if entry.outcome != DONE else 1) :]
        for index, other in enumerate(reversed(near), 1):
            if _SAME(entry) == _SAME(other):
                self._waiting[-index] = replace(other, times=other.times + entry.times)
                return
        self._waiting.append(entry)
        self._keep_bounds()
        self._wake.set()

    def look(self) -> None:
        """Look whether the printer process has something to tell. Never waits."""
        with suppress(OSError):
            if self._is_kept and self._calls.stat().st_size:
                self._wake.set()

    async def run(self) -> None:
        """Write what was noted, until cancelled; what the disk refuses is tried again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self.write():
                await asyncio.sleep(RETRY_S)
                self._wake.set()
            await asyncio.sleep(WRITE_EVERY_S)

    async def write(self) -> bool:
        """Write what was noted; False where the disk does not take it."""
        async with self._turn:
            writing, self._waiting = self._waiting, []
            with suppress(OSError):
                writing += await asyncio.to_thread(calls.taken, self._calls)
            left_out, self._left_out = self._left_out, 0
            if not writing:
                return True
            try:
                await asyncio.to_thread(self._store.add, [*writing, *_gap(left_out)], time.time())
            except (OSError, sqlite3.Error) as error:
                self._waiting, self._left_out = writing + self._waiting, left_out + self._left_out
                self._keep_bounds()
                self._say(f"what was done can't be noted: {error}")
                return False
            self._failure = ""
            return True

    async def starter(self, job: str) -> str:
        """Who had the print of that key started; empty where nobody knows."""
        await self.write()
        try:
            return await asyncio.to_thread(self._store.starter, job)
        except sqlite3.Error:
            return ""

    async def close(self) -> None:
        """Write what is left, if it must be to the file, from which the next server takes it."""
        if not await self.write():
            lines = [json.dumps(wire.to_json(entry)) for entry in self._waiting]
            await asyncio.to_thread(calls.append, self._calls, "\n".join((*lines, "")))

    def _keep_bounds(self) -> None:
        excess = max(0, len(self._waiting) - MOST_WAITING)
        self._left_out += sum(entry.times for entry in self._waiting[:excess])
        del self._waiting[:excess]

    def _say(self, failure: str) -> None:
        if failure != self._failure:
            _log.warning("%s", failure)
        self._failure = failure

    async def _get(self, _: Client, params: dict[str, Any]) -> Any:
        await self.write()
        most = params.pop("most")
        try:
            entries = await asyncio.to_thread(self._store.list, Question(**params), most)
        except sqlite3.Error as error:
            raise WrongState(
                f"What was done can't be read ({error}): see that the disk has room."
            ) from error
        return {"entries": [wire.to_json(entry) for entry in entries]}


def _gap(left_out: int) -> list[AuditEntry]:
    """What stands for so many entries that the disk did not take in time."""
    return [by_itself("audit_gap", left_out=left_out)] if left_out else []
