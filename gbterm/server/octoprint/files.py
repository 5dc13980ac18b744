"""The files of the library."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from gbterm.server.octoprint import library, shapes
from gbterm.server.octoprint.api import Api


def routes(api: Api) -> web.RouteTableDef:
    """All that is below `/api/files`, but for the upload."""
    table = web.RouteTableDef()

    @table.get("/api/files")
    @table.get("/api/files/local")
    async def listed(request: web.Request) -> web.Response:
        base = str(request.url.origin())
        found = await library.files(api, request)
        return web.json_response({"files": [shapes.file(one, base) for one in found.values()]})

    @table.delete("/api/files/local/{path:.+}")
    async def delete(request: web.Request) -> web.Response:
        file = await library.file_at(api, request, request.match_info["path"])
        await api.call(request, "delete_gcode_file", id=file.id)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return table
