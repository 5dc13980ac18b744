"""A cable between a backend and a simulated board that can be squeezed and cut."""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class Relay:
    """Carries bytes between the pty `name`, which is the backend's, and the board's."""

    def __init__(self, board: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._end, self._port = os.openpty()
        tty.setraw(self._end)
        self._board = os.open(board, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._board, termios.TCSANOW)
        self.name = os.ttyname(self._port)
        self._cut_at = b""
        self.is_cut = asyncio.Event()
        """Set once the words came by that all is lost after."""
        self._loop.add_reader(self._board, self._to_host)
        self.flow()

    def flow(self) -> None:
        """Read what the backend writes."""
        self._loop.add_reader(self._end, self._to_board)

    def clog(self) -> None:
        """Read no more of what the backend writes, and let the kernel hold all that it can."""
        self._loop.remove_reader(self._end)
        os.set_blocking(self._port, False)
        with suppress(BlockingIOError):
            while os.write(self._port, b"\n" * 1000):
                pass

    def cut_after(self, words: bytes) -> None:
        """Lose all that follows `words`, except for an emergency stop."""
        self._cut_at = words

    def close(self) -> None:
        """Pull it."""
        for descriptor in (self._end, self._board):
            self._loop.remove_reader(descriptor)
        for descriptor in (self._end, self._board, self._port):
            os.close(descriptor)

    def _to_board(self) -> None:
        data = os.read(self._end, 65536)
        if self.is_cut.is_set():
            data = data[data.index(b"\nM112") :] if b"\nM112" in data else b""
        elif self._cut_at and self._cut_at in data:
            self.is_cut.set()
            data = data[: data.index(self._cut_at) + len(self._cut_at)]
        if data:
            os.write(self._board, data)

    def _to_host(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._end, os.read(self._board, 65536))


@asynccontextmanager
async def relayed(board: Path) -> AsyncIterator[Relay]:
    """A relay to the board at this port."""
    relay = Relay(board)
    try:
        yield relay
    finally:
        relay.close()
