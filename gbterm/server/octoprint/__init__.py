"""OctoPrint's REST API over our host: what slicers and OctoPrint's apps need of it.

The shapes are those of OctoPrint 1.11: https://docs.octoprint.org/en/master/api/. What is done goes
through the same guard and the same methods as the calls of WebSocket clients.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from gbterm.backends.opengb.peer import Peer
from gbterm.server.guard import Guard
from gbterm.server.options import Options
from gbterm.server.uploads import Uploads

if TYPE_CHECKING:
    from gbterm.server.octoprint.server import OctoPrintServer


async def octoprint_server(
    options: Options, guard: Guard, printer: Peer, uploads: Uploads
) -> OctoPrintServer | None:
    """What serves it, where that is configured: nobody else pays for the HTTP library."""
    if options.octoprint_listen is None:
        return None
    # Not on the loop: it takes a while on a small computer.
    await asyncio.to_thread(importlib.import_module, "gbterm.server.octoprint.server")
    from gbterm.server.octoprint.server import OctoPrintServer

    return OctoPrintServer(guard, printer, uploads, options)
