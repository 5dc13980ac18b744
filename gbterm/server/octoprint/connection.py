"""How the printer is connected."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from gbterm.errors import NotSupported, UsageError
from gbterm.model import Phase
from gbterm.server.octoprint import shapes
from gbterm.server.octoprint.about import PROFILE
from gbterm.server.octoprint.api import Api, body, command

PORT, RATE = "AUTO", 0
"""In OctoPrint's words: the host knows its printer's port and baud rate, and nobody else."""

CONNECTION = "/api/connection"
CLOSED = "Closed"

KNOWN = {"port": PORT, "baudrate": RATE, "printerProfile": PROFILE}


def routes(api: Api) -> web.RouteTableDef:
    """`/api/connection`."""
    table = web.RouteTableDef()

    @table.get(CONNECTION)
    async def told(_: web.Request) -> web.Response:
        # After an error it is closed as well: what went wrong is told by the job.
        words = CLOSED if shapes.is_closed(api.state) else shapes.words(api.state)
        known = KNOWN if shapes.is_operational(api.state) else dict.fromkeys(KNOWN)
        current = {"state": words, **known}
        options = {
            "ports": [PORT],
            "baudrates": [RATE],
            "printerProfiles": [{"id": PROFILE, "name": api.name}],
            "portPreference": PORT,
            "baudratePreference": RATE,
            "printerProfilePreference": PROFILE,
            "autoconnect": True,
        }
        return web.json_response({"current": current, "options": options})

    @table.post(CONNECTION)
    async def do(request: web.Request) -> web.Response:
        asked = await body(request)
        match command(asked, "connect", "disconnect", "fake_ack"):
            case "connect":
                for name, known in KNOWN.items():
                    if asked.get(name) not in (None, "", known):
                        raise UsageError(f"The only {name} here is {known}.")
                if not shapes.is_operational(api.state):
                    is_faulty = api.state.phase is Phase.ERROR
                    await api.call(request, "reconnect" if is_faulty else "connect")
            case "disconnect":
                await api.call(request, "disconnect")
            case _:
                raise NotSupported("A lost ok is found out by itself here.")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return table
