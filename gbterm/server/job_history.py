"""Each print is remembered once it has ended, whoever saw its end: this server or a later one."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any

from gbterm import wire
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import NoSuchFile, WrongState
from gbterm.files import GcodeFile
from gbterm.jobs import OUTCOMES, Job, JobRecord
from gbterm.model import PrinterState
from gbterm.params import Param, count, number, words
from gbterm.server.client import Client
from gbterm.server.job_store import JobStore
from gbterm.server.library import Library
from gbterm.server.outlooks import Outlooks
from gbterm.server.table import Method, Table

RETRY_S = 10.0
OUT_OF_SIGHT = "The printer was out of reach before it ended."
USUAL_MOST = 50
_log = logging.getLogger(__name__)


Starter = Callable[[str], Awaitable[str]]
"""Who started the print of that key; empty where nobody knows."""


class JobHistory:
    """Remembers prints, and serves `table`: the one under way, and those of the past."""

    def __init__(
        self,
        printer: Peer,
        library: Library,
        store: JobStore,
        outlooks: Outlooks,
        starter: Starter,
    ) -> None:
        self._printer, self._library, self._store = printer, library, store
        self._outlooks, self._starter = outlooks, starter
        self._pending: dict[str, Job] = {}
        self._seen = ""
        self._on_card: Job | None = None
        self._wake, self._turn = asyncio.Event(), asyncio.Lock()
        self._failure = ""
        page = (Param("before", _before), Param("most", count, USUAL_MOST))
        asked = (
            *(Param("search", words, ""), Param("outcome", _outcome, "")),
            Param("since", number),
        )
        self.table: Table = {
            "get_job": Method((), self._get_job),
            "get_job_history": Method((*page, *asked), self._get_history),
        }
        """Its methods by their names."""

    def see(self, state: PrinterState) -> None:
        """Look whether the job of `state` has ended. Never waits."""
        job, on_card = state.print_job, self._on_card
        self._on_card = job if job is not None and job.on_card and not job.outcome else None
        if on_card is not None and (job is None or job.key != on_card.key):
            self._ended(
                replace(on_card, outcome="unknown", reason=OUT_OF_SIGHT, ended_at=time.time())
            )
        if job is not None and job.outcome:
            self._ended(job)

    def _ended(self, job: Job) -> None:
        if job.key and job.key != self._seen:
            self._seen = job.key
            self._pending[job.key] = job
            self._wake.set()

    async def run(self) -> None:
        """Remember what was seen, until cancelled; what a disk refuses is tried again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self.remember():
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def remember(self) -> bool:
        """Store what was seen; False where the disk does not take it."""
        async with self._turn:
            failure = ""
            for job in tuple(self._pending.values()):
                try:
                    file = await asyncio.to_thread(self._file_of, job)
                    record = replace(_record(job, file), started_by=await self._starter(job.key))
                    await asyncio.to_thread(self._store.add, record)
                    del self._pending[job.key]
                except (OSError, sqlite3.Error) as error:
                    failure = f"a print can't be remembered: {error}"
            if failure not in ("", self._failure):
                _log.warning("%s", failure)
            self._failure = failure
            return not failure

    async def _get_job(self, _: Client, __: dict[str, Any]) -> Any:
        state = self._printer.state
        file = await asyncio.to_thread(self._file_of, state.job) if state.job else None
        return {
            "job": wire.to_json(state.job),
            "file": wire.to_json(file),
            "stream": wire.to_json(state.stream),
        }

    async def _get_history(self, _: Client, params: dict[str, Any]) -> Any:
        await self.remember()
        try:
            records = await asyncio.to_thread(self._store.list, **params)
        except sqlite3.Error as error:
            raise WrongState(
                f"The prints of the past can't be read ({error}): see that the disk has room."
            ) from error
        return {"jobs": [asdict(record) for record in records]}

    def _file_of(self, job: Job) -> GcodeFile | None:
        """The file that is printed, where the library still holds it. Blocking."""
        library = self._library
        try:
            if job.file_id is None or library.stored(job.file_id).sha256 != job.sha256:
                return None
            return self._outlooks.of([library.get(job.file_id)])[0]
        except NoSuchFile:
            return None


def _before(value: Any) -> str | float:
    """The id of a print, or a Unix time."""
    try:
        return words(value) if isinstance(value, str) else number(value)
    except ValueError:
        raise ValueError("the id of a print or a Unix time") from None


def _outcome(value: Any) -> str:
    """One of `OUTCOMES`."""
    if value not in OUTCOMES:
        raise ValueError(f"one of {', '.join(OUTCOMES)}")
    return str(value)


def _record(job: Job, file: GcodeFile | None) -> JobRecord:
    return JobRecord(
        id=job.key,
        name=job.name,
        file_id=job.file_id,
        sha256=job.sha256,
        started_at=job.started_at,
        ended_at=job.ended_at,
        outcome=job.outcome,
        reason=job.reason,
        fraction=round(job.fraction, 4),
        printed_s=job.elapsed_s,
        estimate_s=(file.details.estimate_s or file.print_time_sec or None) if file else None,
        pace=job.pace,
        filament_mm=(file.print_filament_mm or None) if file else None,
        filament_g=(file.print_material_gm or None) if file else None,
        pauses=job.pauses,
        resends=job.resends,
        resumes=job.resumes,
        on_card=job.on_card,
    )
