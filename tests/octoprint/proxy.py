"""A reverse proxy before an OctoPrint, which lies below a path there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

PREFIX = "/work/octoprint"
_OF_ONE_CONNECTION = ("host", "connection", "upgrade", "transfer-encoding", "keep-alive", "date")


class Proxy:
    """Passes on what is asked below `PREFIX`, as OctoPrint's documentation has a proxy do it."""

    def __init__(self, to: str, client: aiohttp.ClientSession) -> None:
        self._to, self._client = to, client
        self.url = ""
        self.passed: list[str] = []
        """The paths that were asked for below `PREFIX`."""
        self.astray: list[str] = []
        """Those of others."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Whatever the server answers."""
        path = request.rel_url.raw_path_qs
        if not path.startswith(f"{PREFIX}/"):
            self.astray.append(path)
            raise web.HTTPNotFound
        self.passed.append(path := path.removeprefix(PREFIX))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._carry(request, path)
        asked = self._client.request(
            request.method,
            self._to + path,
            headers=_passed_on(request.headers) | self._who(request),
            data=request.content if request.body_exists else None,
            allow_redirects=False,
        )
        async with asked as told:
            answer = web.StreamResponse(status=told.status, headers=_passed_on(told.headers))
            await answer.prepare(request)
            async for piece in told.content.iter_any():
                await answer.write(piece)
            return answer

    async def _carry(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        here = web.WebSocketResponse(max_msg_size=0)
        await here.prepare(request)
        headers = self._who(request)
        async with self._client.ws_connect(self._to + path, headers=headers, max_msg_size=0) as to:
            ways = [asyncio.create_task(_pass(*way)) for way in ((here, to), (to, here))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        await here.close()
        return here

    def _who(self, request: web.BaseRequest) -> dict[str, str]:
        return {"X-Script-Name": PREFIX, "X-Scheme": "http", "X-Forwarded-Host": request.host}


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _pass(source: Socket, to: Socket) -> None:
    async for message in source:
        await to.send_str(message.data)


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name.lower() not in _OF_ONE_CONNECTION
    }


@asynccontextmanager
async def proxy(to: str) -> AsyncIterator[Proxy]:
    """One before the server at `to`."""
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        made = Proxy(to, client)
        runner = web.ServerRunner(web.Server(made.answer), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}{PREFIX}"
        try:
            yield made
        finally:
            await runner.cleanup()
