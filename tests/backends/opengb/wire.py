"""A wire between a client and a server that breaks when a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.server.running import Running


class Wire:
    """Carries connections to a server's unix socket, and cuts them when a test wants it."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.carry_answers = True
        self.takes_more = True
        """Else who connects gets no answer."""
        self._is_gone = False

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    def cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    def vanish(self) -> None:
        """Cut them, and refuse all who come."""
        self._is_gone = True
        self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.takes_more:
            self._writers.add(writer)
            return
        try:
            there, back = await asyncio.open_unix_connection(self._running.socket)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        if self._is_gone:
            self.cut()
        await asyncio.gather(_carry(reader, back, lambda: True), _carry(there, writer, self._may))
        self._writers -= {writer, back}

    def _may(self) -> bool:
        return self.carry_answers


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may: Callable[[], bool]
) -> None:
    try:
        while data := await reader.read(1 << 16):
            if may():
                writer.write(data)
                await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()
