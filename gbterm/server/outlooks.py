"""How long files take on this printer: worked out as they come, told to who prints them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace

from gbterm import wire
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import CommandTimeout, GbtermError, LinkError, NoSuchFile
from gbterm.estimate import MOVES, MOVES_OF_ANY_BOARD, Forecast, Outlook, Pace, left, pace_of
from gbterm.files import FileDetails, GcodeFile
from gbterm.firmware_settings import MotionLimits
from gbterm.jobs import Job
from gbterm.model import PrinterState
from gbterm.server.job_store import JobStore
from gbterm.server.library import Library
from gbterm.server.timetables import Timetables, board_of
from gbterm.server.workers import Workers

NEWEST = 50
"""So many files are worked out anew where the board's limits are others; the rest when printed."""
RETRY_S = 10.0
_log = logging.getLogger(__name__)


class Outlooks:
    """Of the files of a library on one printer."""

    def __init__(self, printer: Peer, library: Library, workers: Workers, store: JobStore) -> None:
        self._printer, self._library, self._workers = printer, library, workers
        self._store, self._timetables = store, Timetables(library.database)
        self._limits: MotionLimits | None = None
        self._board = ""
        """Of which board the limits are, and how a timetable for it is kept."""
        self._seen = "", ""
        """Which job was seen last, and on which board."""
        self._hopeless: set[tuple[int, str]] = set()
        self._other, self._more = asyncio.Event(), asyncio.Event()
        workers.on_file = self._more.set

    def see(self, state: PrinterState) -> None:
        """Look whether there is another print, or another board. Never waits."""
        if state.motion_limits is not self._limits:
            self._limits, self._board = state.motion_limits, board_of(state.motion_limits)
        job = _under_way(state)
        seen = self._seen[0] if job is None else job.id, self._board
        if seen != self._seen:
            self._seen = seen
            self._other.set()

    def forget(self) -> None:
        """Another printer process has to be told, or the same anew."""
        self._seen = "", ""

    async def run(self) -> None:
        """Work out what is missing, that of the print first, until cancelled."""
        while True:
            self._other.clear()
            tasks = [asyncio.create_task(w) for w in (self._work(), self._other.wait())]
            try:
                # A print that begins waits for no other file.
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()

    async def _work(self) -> None:
        """Return where it has to be tried again."""
        try:
            await self._tell()
            while True:
                self._more.clear()
                while await self._work_out_next():
                    pass
                await self._more.wait()
        except (GbtermError, OSError, sqlite3.Error) as error:
            _log.warning("how long files take is not worked out now: %s", error)
            await asyncio.sleep(RETRY_S)

    async def _tell(self) -> None:
        job = _under_way(self._printer.state)
        if job is None:
            return
        async for outlook in self._of_file(job.file_id, self._board):
            params = {"id": job.id, "outlook": wire.to_json(outlook)}
            try:
                await self._printer.call("foretell_job", params)
            except (LinkError, CommandTimeout):
                raise
            except GbtermError as error:
                # A printer process from before an update, which prints on, would say so again.
                _log.warning("%s is not foretold: %s", job.name, error)
                return

    async def _of_file(self, file_id: int | None, board: str) -> AsyncIterator[Outlook]:
        """What is known at once, and what the moves tell once they are read; nothing of a file that
        the library doesn't hold."""
        if file_id is None:
            return
        try:
            file = await asyncio.to_thread(self._library.get, file_id)
        except NoSuchFile:
            return
        outlook = Outlook(slicer_s=file.print_time_sec or None)
        table = await asyncio.to_thread(self._timetables.get, file_id, board)
        if table is None:
            yield outlook
            await self._work_out(file_id, board)
            table = await asyncio.to_thread(self._timetables.get, file_id, board)
        if table is not None:
            yield replace(outlook, timetable=table, pace=await asyncio.to_thread(self._pace))

    async def _work_out_next(self) -> bool:
        """Whether there was a file without a timetable."""
        board = self._board
        missing = await asyncio.to_thread(self._timetables.missing, board, NEWEST)
        file_id = next((one for one in missing if (one, board) not in self._hopeless), None)
        if file_id is not None:
            await self._work_out(file_id, board)
        return file_id is not None

    async def _work_out(self, file_id: int, board: str) -> None:
        try:
            await self._workers.work_out(file_id, board)
        except LinkError:
            raise
        except GbtermError as error:
            # It would end the same way; only who prints the file has it tried again.
            self._hopeless.add((file_id, board))
            _log.warning("how long file %d takes is not known: %s", file_id, error)

    def _pace(self) -> Pace:
        usual = MOVES if self._board else MOVES_OF_ANY_BOARD
        return pace_of(self._store.paces(), usual)

    def of(self, files: list[GcodeFile]) -> list[GcodeFile]:
        """`files` with how long they take here, where that is known. Blocking."""
        totals, pace = self._timetables.totals(self._board), self._pace()
        return [
            replace(file, details=_with_estimate(file.details, *totals[file.id], pace))
            if file.id in totals
            else file
            for file in files
        ]


def _with_estimate(details: FileDetails, moves_s: float, waits_s: float, pace: Pace) -> FileDetails:
    estimate = left(Forecast("moves", moves_s, pace, waits_s))
    return replace(
        details,
        estimate_s=round(estimate.seconds),
        estimate_low_s=round(estimate.low),
        estimate_high_s=round(estimate.high),
        estimate_from=estimate.source,
    )


def _under_way(state: PrinterState) -> Job | None:
    job = state.job
    return job if job is not None and job.id and not job.outcome else None
