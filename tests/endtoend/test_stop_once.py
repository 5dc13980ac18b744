"""One press of the emergency stop halts a board once, however late some of its ways are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gbterm.backends.kinds import client
from gbterm.model import Phase
from tests.backends.kinds import entered, until
from tests.endtoend.house import GENEROUS_S, House


class Road:
    """Leads to a server; who sets out on it in a jam gets no further than the handshake."""

    def __init__(self, there: str) -> None:
        self._host, _, self._port = there.partition(":")
        self._is_clear = asyncio.Event()
        self.port = 0
        self.is_jammed = False
        self.waiting = self.answered = 0
        """Messages that came into the jam, and what came back after it."""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody sets out."""
        there, back = await asyncio.open_connection(self._host, int(self._port))
        await asyncio.gather(
            self._lead(reader, back, is_slow=self.is_jammed), self._return(there, writer)
        )

    def clear(self) -> None:
        """The jam is over."""
        self._is_clear.set()

    async def _lead(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_slow: bool
    ) -> None:
        writer.write(await reader.read(1 << 16))
        while data := await reader.read(1 << 16):
            if is_slow:
                self.waiting += 1
                await self._is_clear.wait()
            writer.write(data)
        writer.close()

    async def _return(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()
        # Who asks on a connection of its own leaves once there is an answer.
        self.answered += self._is_clear.is_set()


@asynccontextmanager
async def road(there: str) -> AsyncIterator[Road]:
    """One to the server at `there`."""
    made = Road(there)
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


async def test_a_way_that_is_late_does_not_halt_a_board_that_was_reset_since(house: House) -> None:
    house.board()
    house.serve()
    async with asyncio.timeout(GENEROUS_S), road(house.listen()) as slow:
        backend = client(f"ws://127.0.0.1:{slow.port}", "mk3")
        await backend.connect()
        await entered(backend, Phase.READY)
        slow.is_jammed = True
        assert (await backend.emergency_stop()).confirmed
        await until(lambda: slow.waiting)
        house.fault("reset")
        await backend.reconnect()
        await entered(backend, Phase.READY)
        slow.clear()
        await until(lambda: slow.answered)
        await backend.set_temperature(bed=50.0)
        await until(lambda: backend.state.bed.target == 50.0)
        assert backend.state.phase is Phase.READY
        # Another press is another stop.
        slow.is_jammed = False
        assert (await backend.emergency_stop()).confirmed
        await entered(backend, Phase.ERROR)
        await backend.close()
