"""The door for clients of OctoPrint."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial

from aiohttp import web, web_response

from gbterm.backends.opengb.peer import Peer
from gbterm.server.arrivals import CLOSE_S
from gbterm.server.connection import SILENT
from gbterm.server.guard import Guard
from gbterm.server.octoprint.api import Api
from gbterm.server.octoprint.application import application
from gbterm.server.octoprint.push import Push
from gbterm.server.octoprint.sessions import Sessions
from gbterm.server.octoprint.visitors import Visitors
from gbterm.server.options import Options
from gbterm.server.uploads import Uploads

IDLE_S = 75.0
"""So long is a connection kept on which nothing is asked."""
READ_AHEAD = 1 << 16


# Which library answers, and of which version, is nobody's business.
web_response.SERVER_SOFTWARE = "gbterm"  # type: ignore[attr-defined]


class OctoPrintServer:
    """Passes what it is asked on to `guard`; a file goes to `uploads`."""

    def __init__(self, guard: Guard, printer: Peer, uploads: Uploads, options: Options) -> None:
        self._visitors = Visitors(guard, options.rules)
        api = Api(guard, printer, uploads, options.name, options.volume)
        sessions = Sessions()
        self._push = Push(api, sessions, self._visitors.is_valid)
        self._runner = web.AppRunner(
            application(api, self._visitors, sessions, self._push),
            handle_signals=False,
            access_log=None,
            logger=SILENT,
            keepalive_timeout=IDLE_S,
            read_bufsize=READ_AHEAD,
            auto_decompress=False,
            shutdown_timeout=CLOSE_S,
        )

    def see(self) -> None:
        """The printer's state may have changed. Never waits."""
        self._push.see()

    async def listen(
        self, host: str, port: int, tls: ssl.SSLContext | None = None
    ) -> asyncio.Server:
        """Serve HOST:PORT. Raises OSError where that isn't possible."""
        await self._runner.setup()
        assert self._runner.server is not None
        arrive = partial(self._visitors.arrive, self._runner.server, tls)
        return await asyncio.get_running_loop().create_server(arrive, host, port)

    async def close(self) -> None:
        """End all connections; whoever listens has to be closed before."""
        self._visitors.abort()
        await self._push.close()
        await self._runner.cleanup()
