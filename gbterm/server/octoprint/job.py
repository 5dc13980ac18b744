"""The print: what it is, and starting, pausing and cancelling it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web

from gbterm import wire
from gbterm.errors import CommandTimeout, UsageError, WrongState
from gbterm.files import GcodeFile
from gbterm.findings import FileCheck, question, refusal
from gbterm.model import Phase
from gbterm.octoprint_requests import JOB
from gbterm.server.octoprint import library, shapes
from gbterm.server.octoprint.api import Api, body, command

ENDED_S, LOOK_S = 60.0, 0.1
ACTIONS = ("toggle", "pause", "resume")


def routes(api: Api) -> web.RouteTableDef:
    """`/api/job`."""
    table = web.RouteTableDef()

    @table.get(JOB)
    async def told(_: web.Request) -> web.Response:
        return web.json_response(shapes.job(api.state))

    @table.post(JOB)
    async def do(request: web.Request) -> web.Response:
        asked = await body(request)
        match command(asked, "start", "restart", "pause", "cancel"):
            case "start":
                await _start(api, request)
            case "restart":
                await _restart(api, request)
            case "pause":
                await _pause(api, request, asked.get("action", "toggle"))
            case "cancel":
                await api.call(request, "cancel_print")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return table


async def _start(api: Api, request: web.Request) -> None:
    if api.state.has_print:
        raise WrongState("A print is under way already.")
    await api.print(request, await _chosen(api, request))


async def _chosen(api: Api, request: web.Request) -> GcodeFile:
    """The file that a start prints. Raises `WrongState` where there is none."""
    if api.selected is not None:
        return api.selected
    job = api.state.job
    if job is None or job.file_id is None:
        raise WrongState("No file is selected, so nothing was started: select one first.")
    return library.as_file(await api.call(request, "get_gcode_file", id=job.file_id))


async def _restart(api: Api, request: web.Request) -> None:
    if api.state.phase is not Phase.PAUSED:
        raise WrongState("Only a paused print can be begun anew: pause it first.")
    file = await _chosen(api, request)
    await _require_printable(api, request, file)
    await api.call(request, "cancel_print")
    try:
        async with asyncio.timeout(ENDED_S):
            while not _is_idle(api):
                await asyncio.sleep(LOOK_S)
                _require_cancelled(api)
    except TimeoutError:
        raise CommandTimeout("The print is still being cancelled: start it after that.") from None
    await api.print(request, file)


async def _require_printable(api: Api, request: web.Request, file: GcodeFile) -> None:
    """Raise `WrongState` where it would not be printed: it is not worth a print that can go on."""
    told = await api.call(request, "check_gcode_file", id=file.id)
    check = wire.from_json(FileCheck, told)
    if why := refusal(check) or question(check):
        raise WrongState(f"{why} The print was not cancelled.")


def _require_cancelled(api: Api) -> None:
    """Raise `WrongState` where it ends otherwise: nothing may begin by itself once that is over."""
    if not shapes.is_operational(api.state):
        raise WrongState("The print ended otherwise, and was not begun anew.")


def _is_idle(api: Api) -> bool:
    return api.state.phase is Phase.READY


async def _pause(api: Api, request: web.Request, action: object) -> None:
    if action not in ACTIONS:
        raise UsageError(f"The action must be one of {', '.join(ACTIONS)}.")
    is_held = api.state.phase in (Phase.PAUSED, Phase.PAUSING)
    does_resume = action == "resume" or (action == "toggle" and is_held)
    await api.call(request, "resume_print" if does_resume else "pause_print")
