"""Messages to and from a peer; a line each, to a printer process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

from gbterm.config import FRAME_MIB
from gbterm.errors import LinkError, UsageError
from gbterm.jsonrpc import LINE_MAX

MAX_MESSAGE = FRAME_MIB << 20
"""A list of files carries their thumbnails, so a limit of a mebibyte would not do."""

CLOSE_S = 1.0
"""A peer that is asked to close and doesn't must not delay the next attempt."""


class Channel(Protocol):
    """A connection that carries whole messages. Its methods raise `LinkError`."""

    async def send(self, text: str) -> None:
        """Send a message."""

    async def send_pieces(self, pieces: AsyncIterable[str]) -> None:
        """Send a message that is too large to be made at once."""

    def messages(self) -> AsyncIterator[str | bytes]:
        """What arrives, until the peer closes."""

    async def close(self) -> None:
        """Close; never raises."""


Open = Callable[[], Awaitable[Channel]]


class LineChannel:
    """A line of JSON each, over a unix socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, text: str) -> None:
        line = text.encode() + b"\n"
        if len(line) > LINE_MAX:
            raise UsageError("That is too much for one call: send less at once.")
        try:
            self._writer.write(line)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise LinkError("The printer process closed the connection.") from error

    async def send_pieces(self, pieces: AsyncIterable[str]) -> None:
        await self.send("".join([piece async for piece in pieces]))

    async def messages(self) -> AsyncIterator[str | bytes]:
        try:
            while (line := await self._reader.readline()).endswith(b"\n"):
                yield line
        except (OSError, ValueError) as error:
            raise LinkError("The connection to the printer process broke.") from error

    async def close(self) -> None:
        self._writer.close()
        try:
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the end.
            async with asyncio.timeout(CLOSE_S):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError is one: the peer does not read what is left
            self._writer.transport.abort()


async def open_lines(path: Path, timeout_s: float = 5.0) -> Channel:
    """Connect to a printer process. Raises `LinkError`."""
    try:
        async with asyncio.timeout(timeout_s):
            return LineChannel(*await asyncio.open_unix_connection(path, limit=MAX_MESSAGE))
    except OSError as error:  # TimeoutError is one
        raise LinkError(f"The printer process can't be reached at {path}.") from error
