"""The methods that the server answers from the file library."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from gbterm.backends.opengb.peer import Peer
from gbterm.errors import NoSuchFile, WrongState
from gbterm.host import hosts, journal
from gbterm.jobs import Job
from gbterm.model import Phase
from gbterm.params import REQUIRED, Param, boolean, count, text
from gbterm.server.check_methods import CheckMethods
from gbterm.server.client import Client
from gbterm.server.filesystems import utilization
from gbterm.server.library import BLANK, Library, Stored, file_name
from gbterm.server.long_answer import Content, WithContent
from gbterm.server.outlooks import Outlooks
from gbterm.server.payloads import Draft, Payload
from gbterm.server.records import PUT, PUT_PARAMS, encoded, record
from gbterm.server.table import CHECK_S, Method, Table
from gbterm.server.workers import Workers

_ID = Param("id", count, REQUIRED)


CONTENT_HELD = 1 << 20
"""Bytes of a file that is sent in one piece."""


class FileMethods:
    """Serves `table`: the library, and the start of a print of one of its files."""

    def __init__(
        self,
        printer: Peer,
        library: Library,
        workers: Workers,
        checks: CheckMethods,
        outlooks: Outlooks,
    ) -> None:
        self._printer, self._library, self._workers = printer, library, workers
        self._checks, self._outlooks = checks, outlooks
        self._starting: list[int] = []
        """What the printer process is checking; no state and no journal tells of it yet."""
        self._choosing = asyncio.Lock()
        """A file is chosen for its print before or after another's deletion, never amid it."""
        self.table: Table = {
            PUT: Method(PUT_PARAMS, self._put),
            "get_gcode_file": Method((_ID, Param("content", boolean, False)), self._get),
            "get_gcode_files": Method((), self._list),
            "delete_gcode_file": Method((_ID,), self._delete),
            "rename_gcode_file": Method((_ID, Param("name", text, REQUIRED)), self._rename),
            "get_filesystem_utilization": Method((), self._utilization),
            "upload_to_card": Method((_ID,), self._to_card),
            "print_gcode_file": Method((_ID, Param("confirmed", boolean, False)), self._print),
        }

    async def _put(self, client: Client, params: dict[str, Any]) -> Any:
        payload, name = params.pop("payload"), params.pop("name")
        name = file_name(name)
        draft = await asyncio.to_thread(self._library.begin)
        try:
            stored = await asyncio.to_thread(_written, draft, payload)
            file = await self._workers.adopt(stored, name, replace(BLANK, **params))
        finally:
            await asyncio.to_thread(self._library.end, draft)
        return record(file, is_extended=client.is_extended)

    async def _get(self, client: Client, params: dict[str, Any]) -> Any:
        file = await asyncio.to_thread(self._library.get, params["id"])
        (file,) = await asyncio.to_thread(self._outlooks.of, [file])
        told = record(file, is_extended=client.is_extended)
        if not params["content"]:
            return told
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        if file.size > CONTENT_HELD:
            pieces = self._workers.content(stored.path, file.name)
            return WithContent(told, Content(file.size, pieces))
        try:
            data = await asyncio.to_thread(stored.path.read_bytes)
        except OSError as error:
            raise NoSuchFile(f"The library has lost the content of {file.name}.") from error
        return told | {"content": data.decode("utf-8", "surrogateescape")}

    async def _list(self, client: Client, __: dict[str, Any]) -> Any:
        files = await asyncio.to_thread(self._library.list)
        files = await asyncio.to_thread(self._outlooks.of, files)
        return {"gcode_files": [record(file, is_extended=client.is_extended) for file in files]}

    async def _delete(self, _: Client, params: dict[str, Any]) -> Any:
        async with self._choosing:
            stored = await asyncio.to_thread(self._library.stored, params["id"])
            unfinished = await asyncio.to_thread(_unfinished, stored, self._over)
            self._refuse_deletion(params["id"], unfinished)
            await asyncio.to_thread(self._library.delete, params["id"])
        return True

    def _refuse_deletion(self, file_id: int, unfinished: Job | None) -> None:
        job = self._printer.state.job
        if job is not None and job.file_id == file_id and not job.outcome:
            raise WrongState(f"{job.name} is being printed: cancel the print before deleting it.")
        if unfinished is not None:
            raise WrongState(
                f"{unfinished.name} belongs to a print that has not come to its end: look at its"
                " printer and reconnect where that stopped, then go on with the print or cancel it,"
                " before deleting the file."
            )
        if file_id in self._starting:
            raise WrongState(
                "The file is about to be printed: cancel the print once it has begun, then delete"
                " the file."
            )

    @property
    def _over(self) -> str:
        """The id of our printer's last print once it has ended, which its journal says later. One
        that failed can go on."""
        state = self._printer.state
        has_ended = state.job is not None and state.job.outcome in ("finished", "cancelled")
        return state.job.id if state.job and has_ended and state.phase is Phase.READY else ""

    async def _rename(self, client: Client, params: dict[str, Any]) -> Any:
        file = await asyncio.to_thread(self._library.rename, params["id"], params["name"])
        return record(file, is_extended=client.is_extended)

    async def _utilization(self, _: Client, __: dict[str, Any]) -> Any:
        return await asyncio.to_thread(utilization)

    async def _to_card(self, _: Client, params: dict[str, Any]) -> Any:
        file = await asyncio.to_thread(self._library.get, params["id"])
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        given = {"path": str(stored.path), "name": file.name}
        return await self._printer.call("write_card_file", given, CHECK_S)

    async def _print(self, _: Client, params: dict[str, Any]) -> Any:
        async with self._choosing:
            file = await asyncio.to_thread(self._library.get, params["id"])
            stored = await asyncio.to_thread(self._library.stored, params["id"])
            self._starting.append(file.id)
        job = {"path": str(stored.path), "name": file.name, "file_id": file.id}
        job |= {"confirmed": params["confirmed"]}
        try:
            await self._checks.agree(file, confirmed=params["confirmed"])
            return await self._printer.call("start_job", job, CHECK_S)
        finally:
            self._starting.remove(file.id)


def _written(draft: Draft, payload: str) -> Payload:
    for chunk in encoded(payload):
        draft.write(chunk)
    return draft.finish()


def _unfinished(stored: Stored, over: str) -> Job | None:
    """The unfinished print of a file, on whichever host: they share one library.

    The one with the id `over`, if that is not empty, does not count.
    """
    for run_dir in hosts.run_dirs():
        job = journal.read(run_dir / hosts.JOURNAL).unfinished
        if job is None or (over and job.id == over):
            continue
        # A path that is too long for the journal is left out there.
        if job.path == str(stored.path) or (not job.path and job.sha256 == stored.sha256):
            return job
    return None
