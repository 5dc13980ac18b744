"""What clients ask first: what answers here, and who they are."""

from __future__ import annotations

from aiohttp import web

import gbterm
from gbterm.server.octoprint.api import Api

API, LIKE = "0.1", "1.11.0"
"""Of OctoPrint: the version of its API, and that of the server whose answers these are like."""


def routes(_: Api) -> web.RouteTableDef:
    """All that is below `/api` and concerns no printer."""
    table = web.RouteTableDef()

    @table.get("/api/version")
    async def version(_: web.Request) -> web.Response:
        # PrusaSlicer and others look how the text begins.
        text = f"OctoPrint {LIKE} (answered by gbterm {gbterm.__version__})"
        return web.json_response({"api": API, "server": LIKE, "text": text})

    @table.get("/api/server")
    async def server(_: web.Request) -> web.Response:
        return web.json_response({"version": LIKE, "safemode": None})

    return table
