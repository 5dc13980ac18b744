"""Heaters, and the filament in their nozzles."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from aiohttp import web

from gbterm.errors import NotSupported, UsageError, WrongState
from gbterm.octoprint_requests import BED, CHAMBER, TOOL
from gbterm.octoprint_shapes import shape
from gbterm.server.octoprint import shapes
from gbterm.server.octoprint.amounts import number, percent_of, says_yes, speed
from gbterm.server.octoprint.api import Api, body, command

SAMPLES_MOST = 2000
_TOOL = re.compile(r"tool(\d{1,2})")


def routes(api: Api) -> web.RouteTableDef:
    """The tools, the bed and the chamber, below `/api/printer`."""
    table = web.RouteTableDef()

    @table.get(TOOL)
    async def tools(request: web.Request) -> web.Response:
        return web.json_response(shape("tool", api.state) | await history(api, request, "tool"))

    @table.get(BED)
    async def bed(request: web.Request) -> web.Response:
        return web.json_response(shape("bed", api.state) | await history(api, request, "bed"))

    @table.get(CHAMBER)
    async def chamber(request: web.Request) -> web.Response:
        require_printer(api)
        if api.state.chamber is None:
            raise NotSupported("The printer has no heated chamber.")
        now = {"chamber": shapes.temperatures(api.state)["chamber"]}
        return web.json_response(now | await history(api, request, "chamber"))

    @table.post(TOOL)
    async def tool(request: web.Request) -> web.Response:
        await _tool(api, request, await body(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @table.post(BED)
    async def heat_bed(request: web.Request) -> web.Response:
        await _heat(api, request, "bed", await body(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @table.post(CHAMBER)
    async def heat_chamber(request: web.Request) -> web.Response:
        await _heat(api, request, "chamber", await body(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return table


def require_printer(api: Api) -> None:
    """Raise `WrongState` where there is none to talk to."""
    if not shapes.is_operational(api.state):
        raise WrongState("The printer is not operational.")


async def history(api: Api, request: web.Request, heater: str = "") -> dict[str, Any]:
    """What the heaters were at, where that is asked for, the latest last: those of that name."""
    if not says_yes(request.query.get("history")):
        return {}
    limit = request.query.get("limit", "")
    most = int(limit) if re.fullmatch(r"\d{1,6}", limit) else SAMPLES_MOST
    told = await api.call(request, "get_temperature_history", most=min(most, SAMPLES_MOST))
    samples = map(shapes.sample, told["samples"])
    wanted = ("time", heater)
    return {
        "history": [
            {name: held for name, held in one.items() if name.startswith(wanted)} for one in samples
        ]
    }


async def _tool(api: Api, request: web.Request, asked: dict[str, Any]) -> None:
    active = api.state.active_nozzle
    match command(asked, "target", "offset", "select", "extrude", "flowrate"):
        case "target":
            targets = _heaters(asked.get("targets"))
            named = {f"nozzle{tool + 1}": target for tool, target in targets.items()}
            await api.call(request, "set_temp", **named)
        case "offset":
            _refuse_offset(_heaters(asked.get("offsets")).values())
        case "select":
            tool = _index(asked.get("tool"))
            if tool >= len(api.state.nozzles):
                raise UsageError(f"There is no tool{tool}.")
            await api.call(request, "send_gcode", commands=f"T{tool}", wait=False)
        case "extrude":
            length = number(asked, "amount")
            method = "unretract_filament" if length > 0 else "retract_filament"
            await api.call(request, method, head=active, length=abs(length), **speed(asked))
        case "flowrate":
            percent = percent_of(asked)
            await api.call(request, "set_extrude_override", percent=percent)


async def _heat(api: Api, request: web.Request, heater: str, asked: dict[str, Any]) -> None:
    if command(asked, "target", "offset") == "offset":
        _refuse_offset([number(asked, "offset")])
    else:
        await api.call(request, "set_temp", **{heater: number(asked, "target")})


def _heaters(given: Any) -> dict[int, float]:
    """Degrees by the index of a tool. Raises `UsageError`."""
    if not isinstance(given, dict) or not given:
        raise UsageError('Name the tools with a number each, as {"tool0": 210}.')
    return {_index(name): number(given, name) for name in given}


def _index(name: Any) -> int:
    found = _TOOL.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        raise UsageError("A tool is called tool0, tool1 and so on.")
    return int(found[1])


def _refuse_offset(offsets: Any) -> None:
    if any(offsets):
        raise NotSupported("There are no offsets of temperatures here: set the target itself.")
