"""What the host runs by name, as OctoPrint's system commands; all of them are `custom`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from gbterm import wire
from gbterm.actions import CommandResult, HostCommand
from gbterm.errors import NoSuchFile
from gbterm.octoprint_shapes import shape
from gbterm.server.octoprint.answers import said
from gbterm.server.octoprint.api import Api
from gbterm.text import scrub

SOURCES = ("core", "custom", "plugin")


def routes(api: Api) -> web.RouteTableDef:
    """`/api/system/commands`."""
    table = web.RouteTableDef()
    at = "/api/system/commands"

    @table.get(at)
    async def listed(request: web.Request) -> web.Response:
        told = await _commands(api, request)
        return web.json_response(shape("commands", api.state, commands=told))

    @table.get(f"{at}/{{source}}")
    async def of_source(request: web.Request) -> web.Response:
        source = request.match_info["source"]
        if source not in SOURCES:
            raise NoSuchFile(f"There is no source {scrub(source, 60)} of commands.")
        told = await _commands(api, request)
        return web.json_response(shape("commands", api.state, commands=told)[source])

    @table.post(f"{at}/custom/{{action}}")
    async def run(request: web.Request) -> web.Response:
        name = request.match_info["action"]
        if name not in [one.name for one in await _commands(api, request)]:
            raise NoSuchFile(f"There is no command {scrub(name, 60)}.")
        # The list tells what to ask before; who posts has asked.
        told = await api.call(request, "run_command", name=name, confirmed=True)
        return _ended(name, wire.from_json(CommandResult, told))

    return table


async def _commands(api: Api, request: web.Request) -> list[HostCommand]:
    told: dict[str, Any] = await api.call(request, "get_commands")
    return [wire.from_json(HostCommand, one) for one in told["commands"]]


def _ended(name: str, result: CommandResult) -> web.Response:
    if not result.exit_code:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    output = "\n".join(result.output)
    sentence = f"The command {name} failed with return code {result.exit_code}:\n{output}"
    return said(HTTPStatus.INTERNAL_SERVER_ERROR, sentence)
