"""The methods that the server answers from the file library."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from gbterm.backends.opengb.peer import Peer
from gbterm.errors import NoSuchFile, UsageError, WrongState
from gbterm.host import hosts, journal
from gbterm.model import GcodeFile, Job
from gbterm.params import REQUIRED, Param, boolean, count, number, text, words
from gbterm.server.filesystems import utilization
from gbterm.server.hub import Client
from gbterm.server.library import Library, Stored
from gbterm.server.table import CHECK_S, Method, Table

PIECE = 1 << 20


def _amount(value: Any) -> int:
    """A number less its fraction, of a size that a database can hold."""
    parsed = int(number(value))
    if abs(parsed) >= 1 << 63:
        raise ValueError("a number that makes sense")
    return parsed


FILE_FIELDS = (
    Param("print_material", words, ""),
    Param("print_quality", words, ""),
    Param("print_extruders", words, ""),
    Param("print_time_sec", _amount, 0),
    Param("print_filament_mm", _amount, 0),
    Param("print_material_gm", _amount, 0),
    Param("thumbnail_png_base64", words, ""),
)
"""What an uploader may say of a file."""
_ID = Param("id", count, REQUIRED)


class FileMethods:
    """Serves `table`: the library, and the start of a print of one of its files."""

    def __init__(self, printer: Peer, library: Library) -> None:
        self._printer, self._library = printer, library
        self.table: Table = {
            "put_gcode_file": Method(
                (Param("payload", text, REQUIRED), Param("name", text, REQUIRED), *FILE_FIELDS),
                self._put,
            ),
            "get_gcode_file": Method((_ID, Param("content", boolean, False)), self._get),
            "get_gcode_files": Method((), self._list),
            "delete_gcode_file": Method((_ID,), self._delete),
            "rename_gcode_file": Method((_ID, Param("name", text, REQUIRED)), self._rename),
            "get_filesystem_utilization": Method((), self._utilization),
            "print_gcode_file": Method((_ID, Param("confirmed", boolean, False)), self._print),
        }

    async def _put(self, client: Client, params: dict[str, Any]) -> Any:
        payload, name = params.pop("payload"), params.pop("name")
        like = replace(GcodeFile(0, "", 0, ""), **params)
        try:
            file = await asyncio.to_thread(self._library.put, _encoded(payload), name, like)
        except UnicodeEncodeError:
            raise UsageError("payload must be text.") from None
        return as_record(client, file)

    async def _get(self, client: Client, params: dict[str, Any]) -> Any:
        record = as_record(client, await asyncio.to_thread(self._library.get, params["id"]))
        if not params["content"]:
            return record
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        try:
            data = await asyncio.to_thread(stored.path.read_bytes)
        except OSError as error:
            raise NoSuchFile(f"The library has lost the content of {record['name']}.") from error
        return record | {"content": data.decode("utf-8", "surrogateescape")}

    async def _list(self, client: Client, __: dict[str, Any]) -> Any:
        files = await asyncio.to_thread(self._library.list)
        return {"gcode_files": [as_record(client, file) for file in files]}

    async def _delete(self, _: Client, params: dict[str, Any]) -> Any:
        job = self._printer.state.job
        if job is not None and job.file_id == params["id"] and not job.outcome:
            raise WrongState(f"{job.name} is being printed: cancel the print before deleting it.")
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        if job := await asyncio.to_thread(_unfinished, stored):
            raise WrongState(
                f"{job.name} belongs to a print that has not come to its end: cancel it, or look at"
                " its printer and reconnect, before deleting the file."
            )
        await asyncio.to_thread(self._library.delete, params["id"])
        return True

    async def _rename(self, client: Client, params: dict[str, Any]) -> Any:
        return as_record(
            client, await asyncio.to_thread(self._library.rename, params["id"], params["name"])
        )

    async def _utilization(self, _: Client, __: dict[str, Any]) -> Any:
        return await asyncio.to_thread(utilization)

    async def _print(self, _: Client, params: dict[str, Any]) -> Any:
        record = await asyncio.to_thread(self._library.get, params["id"])
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        job = {"path": str(stored.path), "name": record.name, "file_id": record.id}
        job |= {"confirmed": params["confirmed"]}
        return await self._printer.call("start_job", job, CHECK_S)


def _unfinished(stored: Stored) -> Job | None:
    """The unfinished print of a file, on whichever host: they share one library."""
    for run_dir in hosts.run_dirs():
        job = journal.read(run_dir / hosts.JOURNAL).unfinished
        # A path that is too long for the journal is left out there.
        if job is not None and (
            job.path == str(stored.path) or (not job.path and job.sha256 == stored.sha256)
        ):
            return job
    return None


def as_record(client: Client, file: GcodeFile) -> dict[str, Any]:
    """OpenGB's eleven fields; `details` besides for those who know extensions."""
    record = asdict(file)
    if not client.is_extended:
        del record["details"]
    return record


def _encoded(payload: str) -> Iterator[bytes]:
    """The bytes of an upload, a piece at a time: it is as large as a file may be."""
    for at in range(0, len(payload), PIECE):
        yield payload[at : at + PIECE].encode("utf-8", "surrogateescape")
