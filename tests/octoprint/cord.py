"""A way to a server that can be cut, and plugged in again, without the server's end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cord:
    """Passes bytes on from a port of its own to another one."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.is_plugged = True
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """All connections are gone, and none comes about."""
        self.is_plugged = False
        for writer in self._writers:
            writer.transport.abort()

    def plug(self) -> None:
        """Connections are possible again."""
        self.is_plugged = True

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client came."""
        if not self.is_plugged:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.close()


@asynccontextmanager
async def cord(port: int) -> AsyncIterator[Cord]:
    """One to `port`."""
    made = Cord(port)
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.cut()
        server.close()
