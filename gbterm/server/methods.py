"""The methods of the server: files are served here, the printer's go to the printer process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import gbterm
from gbterm import jsonrpc, opengb_shapes, wire
from gbterm.backends.base import Capability
from gbterm.backends.opengb.peer import ANSWER_S, Peer
from gbterm.errors import LinkError, NoSuchFile, UsageError, WrongState
from gbterm.model import GcodeFile
from gbterm.params import REQUIRED, Param, boolean, count, number, read_params, text
from gbterm.server.hub import Client, Hub
from gbterm.server.library import Library

PROTOCOL = 1
CHECK_S = 600.0
"""A start reads the whole file first."""
PIECE = 1 << 20

Handler = Callable[[Client, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method; one without a handler is the printer's."""

    params: tuple[Param, ...] = ()
    handler: Handler | None = None
    unix_only: bool = False
    timeout_s: float = ANSWER_S


_AXES = tuple(Param(axis, number) for axis in "xyz")
_FILE_FIELDS = (
    Param("print_material", text, ""),
    Param("print_quality", text, ""),
    Param("print_extruders", text, ""),
    Param("print_time_sec", lambda value: int(number(value)), 0),
    Param("print_filament_mm", lambda value: int(number(value)), 0),
    Param("print_material_gm", lambda value: int(number(value)), 0),
    Param("thumbnail_png_base64", text, ""),
)
_ID = Param("id", count, REQUIRED)
_NOZZLES = tuple(Param(f"nozzle{index}", number) for index in range(1, 9))


class Methods:
    """Serves calls of clients; `call` is all that a transport needs."""

    def __init__(
        self, printer: Peer, library: Library, hub: Hub, name: str, on_shutdown: Callable[[], None]
    ) -> None:
        self._printer, self._library, self._hub, self._name = printer, library, hub, name
        self._on_shutdown = on_shutdown
        self.table: dict[str, Method] = {
            "set_temp": Method((Param("bed", number), *_NOZZLES)),
            "move_head_relative": Method((*_AXES, Param("rate", number))),
            "move_head_absolute": Method((*_AXES, Param("rate", number))),
            "home_head": Method(tuple(Param(axis, boolean, True) for axis in "xyz")),
            "pause_print": Method(),
            "resume_print": Method(),
            "cancel_print": Method(),
            "emergency_stop": Method(timeout_s=10.0),
            "reconnect": Method(),
            "answer_prompt": Method((Param("choice", count, REQUIRED),)),
            "start_job": Method(
                (
                    Param("path", text, REQUIRED),
                    Param("name", text),
                    Param("file_id", count),
                    Param("confirmed", boolean, False),
                ),
                unix_only=True,
                timeout_s=CHECK_S,
            ),
            "shutdown": Method((Param("force", boolean, False),), self._shutdown, unix_only=True),
            "hello": Method((Param("version", text), Param("role", text)), self._hello),
            "get_snapshot": Method((), self._get_snapshot),
            "get_capabilities": Method((), self._get_capabilities),
            "get_status": Method((), self._get_status),
            "put_gcode_file": Method(
                (Param("payload", text, REQUIRED), Param("name", text, REQUIRED), *_FILE_FIELDS),
                self._put_gcode_file,
            ),
            "get_gcode_file": Method((_ID, Param("content", boolean, False)), self._get_gcode_file),
            "get_gcode_files": Method((), self._get_gcode_files),
            "delete_gcode_file": Method((_ID,), self._delete_gcode_file),
            "print_gcode_file": Method(
                (_ID, Param("confirmed", boolean, False)), self._print_gcode_file
            ),
        }

    async def call(self, client: Client, request: jsonrpc.Request) -> Any:
        """The result of a call. Raises `jsonrpc.RpcError` or one of `errors`."""
        method = self.table.get(request.method)
        if method is None or (method.unix_only and not client.is_local):
            raise jsonrpc.RpcError(jsonrpc.METHOD_NOT_FOUND, "There is no such method.")
        params = read_params(request.method, method.params, request.params)
        if method.handler is not None:
            return await method.handler(client, params)
        given = {name: value for name, value in params.items() if value is not None}
        return await self._printer.call(request.method, given, method.timeout_s)

    async def _hello(self, client: Client, _: dict[str, Any]) -> Any:
        client.is_extended = True
        about = {"version": gbterm.__version__, "protocol": PROTOCOL, "name": self._name}
        return about | self._snapshot()

    async def _get_snapshot(self, _: Client, __: dict[str, Any]) -> Any:
        return self._snapshot()

    def _snapshot(self) -> dict[str, Any]:
        return {"seq": self._hub.seq, "state": wire.to_json(self._printer.state)}

    async def _get_capabilities(self, _: Client, __: dict[str, Any]) -> Any:
        names = {"FILES"}
        try:
            answer = await self._printer.call("get_capabilities")
            names.update(map(str, answer["capabilities"]))
        except (LinkError, TypeError, KeyError):
            # What the printer can do is not known now; greying everything would help nobody.
            names.update(capability.name or "" for capability in Capability)
        return {"capabilities": sorted(names), "methods": sorted(self.table)}

    async def _get_status(self, _: Client, __: dict[str, Any]) -> Any:
        return {"status": opengb_shapes.status(self._printer.state)}

    async def _put_gcode_file(self, _: Client, params: dict[str, Any]) -> Any:
        payload, name = params.pop("payload"), params.pop("name")
        like = replace(GcodeFile(0, "", 0, ""), **params)
        try:
            file = await asyncio.to_thread(self._library.put, _encoded(payload), name, like)
        except UnicodeEncodeError:
            raise UsageError("payload must be text.") from None
        return asdict(file)

    async def _get_gcode_file(self, _: Client, params: dict[str, Any]) -> Any:
        record = asdict(await asyncio.to_thread(self._library.get, params["id"]))
        if not params["content"]:
            return record
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        try:
            data = await asyncio.to_thread(stored.path.read_bytes)
        except OSError as error:
            raise NoSuchFile(f"The library has lost the content of {record['name']}.") from error
        return record | {"content": data.decode("utf-8", "surrogateescape")}

    async def _get_gcode_files(self, _: Client, __: dict[str, Any]) -> Any:
        files = await asyncio.to_thread(self._library.list)
        return {"gcode_files": [asdict(file) for file in files]}

    async def _delete_gcode_file(self, _: Client, params: dict[str, Any]) -> Any:
        job = self._printer.state.job
        if job is not None and job.file_id == params["id"] and not job.outcome:
            raise WrongState(f"{job.name} is being printed: cancel the print before deleting it.")
        await asyncio.to_thread(self._library.delete, params["id"])
        return True

    async def _print_gcode_file(self, _: Client, params: dict[str, Any]) -> Any:
        record = await asyncio.to_thread(self._library.get, params["id"])
        stored = await asyncio.to_thread(self._library.stored, params["id"])
        job = {"path": str(stored.path), "name": record.name, "file_id": record.id}
        job |= {"confirmed": params["confirmed"]}
        return await self._printer.call("start_job", job, CHECK_S)

    async def _shutdown(self, _: Client, params: dict[str, Any]) -> Any:
        result = await self._printer.call("shutdown", params, CHECK_S)
        self._on_shutdown()
        return result


def _encoded(payload: str) -> Iterator[bytes]:
    """The bytes of an upload, a piece at a time: it is as large as a file may be."""
    for at in range(0, len(payload), PIECE):
        yield payload[at : at + PIECE].encode("utf-8", "surrogateescape")
