"""The printer: its state, its head, and G-code."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from aiohttp import web

from gbterm.errors import UsageError
from gbterm.octoprint_requests import COMMAND, HEAD
from gbterm.server.octoprint import shapes
from gbterm.server.octoprint.amounts import number, percent_of, says_yes, speed
from gbterm.server.octoprint.api import Api, body, command
from gbterm.server.octoprint.heaters import history, require_printer

_STOPS = re.compile(r"\s*M0*112(?!\d)", re.IGNORECASE)
COMMANDS_MOST = 1000


def routes(api: Api) -> web.RouteTableDef:
    """All that is below `/api/printer`."""
    table = web.RouteTableDef()

    @table.get("/api/printer")
    async def told(request: web.Request) -> web.Response:
        require_printer(api)
        exclude = request.query.get("exclude", "").split(",")
        answer = shapes.printer(api.state, exclude)
        if "temperature" in answer:
            answer["temperature"] |= await history(api, request)
        return web.json_response(answer)

    @table.get("/api/printer/sd")
    async def card(_: web.Request) -> web.Response:
        require_printer(api)
        return web.json_response({"ready": False})

    @table.get("/api/printer/error")
    async def fault(_: web.Request) -> web.Response:
        return web.json_response({"error": shapes.fault(api.state), "reason": ""})

    @table.post(HEAD)
    async def head(request: web.Request) -> web.Response:
        await _head(api, request, await body(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @table.post(COMMAND)
    async def gcode(request: web.Request) -> web.Response:
        await _send(api, request, await body(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @table.get(f"{COMMAND}/custom")
    async def controls(request: web.Request) -> web.Response:
        macros = (await api.call(request, "get_macros"))["macros"]
        told = [
            {"name": one["name"], "commands": list(one["gcode"])}
            | ({"confirm": one["confirm"]} if one["confirm"] else {})
            for one in macros
        ]
        return web.json_response({"controls": told})

    return table


async def _head(api: Api, request: web.Request, asked: dict[str, Any]) -> None:
    match command(asked, "jog", "home", "feedrate"):
        case "jog":
            axes = {axis: number(asked, axis) for axis in "xyz" if axis in asked}
            if not axes:
                raise UsageError("A jog names at least one of x, y and z.")
            is_absolute = says_yes(asked.get("absolute"))
            # One that stays would slow down the others.
            moves = {axis: mm for axis, mm in axes.items() if mm or is_absolute}
            method = "move_head_absolute" if is_absolute else "move_head_relative"
            if moves:
                await api.call(request, method, **moves, **speed(asked))
        case "home":
            axes_named = asked.get("axes")
            if not isinstance(axes_named, list) or not set(map(str, axes_named)) <= set("xyz"):
                raise UsageError("The axes must be a list of some of x, y and z.")
            await api.call(request, "home_head", **{axis: axis in axes_named for axis in "xyz"})
        case "feedrate":
            await api.call(request, "set_speed_override", percent=percent_of(asked))


async def _send(api: Api, request: web.Request, asked: dict[str, Any]) -> None:
    commands = asked.get("commands", [asked.get("command")])
    if "command" in asked and "commands" in asked:
        raise UsageError("Send either command or commands.")
    if not isinstance(commands, list) or not all(isinstance(one, str) for one in commands):
        raise UsageError("Send command, a string, or commands, a list of strings.")
    if len(commands) > COMMANDS_MOST:
        raise UsageError(f"{COMMANDS_MOST} commands at most can be sent at once: print a file.")
    if any(_STOPS.match(line) for one in commands for line in one.splitlines()):
        # Ahead of all that waits, and by a way of its own.
        await api.call(request, "emergency_stop")
    elif commands:
        await api.call(request, "send_gcode", commands="\n".join(commands), wait=False)
