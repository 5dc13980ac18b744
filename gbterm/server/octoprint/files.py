"""The files of the library: listed, selected, printed, handed out, deleted."""

from __future__ import annotations

import base64
import re
from http import HTTPStatus
from typing import Any

from aiohttp import web

from gbterm.errors import GbtermError, NoSuchFile, UsageError, WrongState
from gbterm.files import GcodeFile
from gbterm.server.octoprint import library, shapes
from gbterm.server.octoprint.amounts import says_yes
from gbterm.server.octoprint.api import Api, base_of, body, command

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")


def routes(api: Api) -> web.RouteTableDef:
    """All that is below `/api/files`, but for the upload; and the files themselves."""
    table = web.RouteTableDef()
    at = "/api/files/local/{path:.+}"

    @table.get("/api/files")
    @table.get("/api/files/local")
    async def listed(request: web.Request) -> web.Response:
        found = await library.files(api, request)
        files = [shapes.file(one, base_of(request)) for one in found.values()]
        return web.json_response({"files": files} | await _room(api, request))

    @table.get("/api/files/sdcard")
    async def on_card(_: web.Request) -> web.Response:
        return web.json_response({"files": []})

    @table.post("/api/files/sdcard")
    async def onto_card(_: web.Request) -> web.Response:
        raise NoSuchFile("The printer's card is not reached this way: send the file to local.")

    @table.post("/api/files/test")
    async def test(request: web.Request) -> web.Response:
        asked = await body(request)
        name = library.name_of(f"{asked.get('path') or ''}/{asked.get('filename') or ''}")
        if not name:
            raise UsageError("Say which filename.")
        if command(asked, "exists", "sanitize") == "sanitize":
            return web.json_response({"sanitized": name})
        return web.json_response(_taken(await library.files(api, request), name))

    @table.get(at)
    async def one(request: web.Request) -> web.Response:
        return web.json_response(shapes.file(await _file(api, request), base_of(request)))

    @table.post(at)
    async def do(request: web.Request) -> web.Response:
        return await _done(api, request, await _file(api, request))

    @table.delete(at)
    async def delete(request: web.Request) -> web.Response:
        file = await _file(api, request)
        await api.call(request, "delete_gcode_file", id=file.id)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @table.get("/downloads/files/local/{path:.+}")
    async def download(request: web.Request) -> web.StreamResponse:
        return await _handed_out(api, request, await _file(api, request))

    return table


async def _file(api: Api, request: web.Request) -> GcodeFile:
    return await library.file_at(api, request, request.match_info["path"])


async def _room(api: Api, request: web.Request) -> dict[str, int]:
    disks = await api.call(request, "get_filesystem_utilization")
    root = disks["/"]
    return {"free": root["free_bytes"], "total": root["total_bytes"]}


async def _done(api: Api, request: web.Request, file: GcodeFile) -> web.Response:
    """The answer to a command for `file`."""
    asked = await body(request)
    match command(asked, "select", "unselect", "move"):
        case "move":
            return await _moved(api, request, file, asked.get("destination"))
        case "unselect":
            api.select(request, None)
        case "select" if says_yes(asked.get("print")):
            await api.print(request, file)
        case "select":
            api.select(request, file)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _moved(api: Api, request: web.Request, file: GcodeFile, to: object) -> web.Response:
    """The answer to another name for `file`: a move to another folder comes to no more here."""
    name = library.new_name(to) if isinstance(to, str) else ""
    if not name:
        raise UsageError("Say with destination what the file is to be called.")
    if name != file.name and name in await library.files(api, request):
        raise WrongState(f"There is a file {name} already.")
    told = await api.call(request, "rename_gcode_file", id=file.id, name=name)
    where = shapes.place(library.as_file(told).name, base_of(request))
    headers = {"Location": where["refs"]["resource"]}
    return web.json_response(where, status=HTTPStatus.CREATED, headers=headers)


def _taken(files: dict[str, GcodeFile], name: str) -> dict[str, Any]:
    """Whether there is such a file, and which name is free where there is."""
    if name not in files:
        return {"exists": False}
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if dot else (name, "")
    number = 1
    while (free := f"{stem}_{number}{suffix}") in files:
        number += 1
    file = files[name]
    return {
        "exists": True,
        "suggestion": free,
        "size": file.size,
        "date": shapes.unix(file.uploaded),
    }


async def _handed_out(api: Api, request: web.Request, file: GcodeFile) -> web.StreamResponse:
    """The file, or the part of it that is asked for, a piece at a time."""
    first, last = 0, file.size - 1
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "ETag": f'"{file.id}-{file.size}"',
        "Accept-Ranges": "bytes",
    }
    status = HTTPStatus.OK
    if asked := _RANGE.fullmatch(request.headers.get("Range", "")):
        first, last = int(asked[1]), min(int(asked[2] or last), last)
        if first > last:
            raise web.HTTPRequestRangeNotSatisfiable
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    answer = web.StreamResponse(status=status, headers=headers)
    answer.content_length = last + 1 - first
    await answer.prepare(request)
    try:
        while first <= last:
            params = {"id": file.id, "offset": first, "size": last + 1 - first}
            told = await api.call(request, "read_gcode_file", **params)
            piece = base64.b64decode(told["data"])
            if not piece:
                raise NoSuchFile(f"{file.name} is shorter than it was.")
            await answer.write(piece)
            first += len(piece)
    except GbtermError as error:
        # It is too late to say so in another way than by less than was promised.
        raise ConnectionError(str(error)) from error
    await answer.write_eof()
    return answer
