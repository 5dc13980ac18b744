"""Getting a file of a gbterm's library piece by piece, which goes on where a connection broke."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import deque
from pathlib import Path
from typing import Any

from gbterm.arrival import Arrival
from gbterm.backends.going_on import going_on
from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.once import Session, fed
from gbterm.backends.server_side import Progress
from gbterm.errors import PrinterError

READ = "read_gcode_file"
PIECE = 1 << 17
"""Bytes that are asked for at once."""
AHEAD = 8
"""Pieces under way, so that no round trip sets the pace."""
PIECE_S = 120.0
"""What pieces under way may take, on the slowest of lines."""


async def get_in_pieces(
    open_channel: Open, file_id: int, path: Path, progress: Progress | None, *, replaces: bool
) -> None:
    """Have the file `file_id` at `path`, over connections of its own.

    Raises what `Arrival` raises, `LinkError` once it was in vain to connect again, and what the
    server says.
    """
    arrival = await asyncio.to_thread(Arrival, path, replaces=replaces)
    try:
        receiving = _Receiving(open_channel, file_id, arrival, progress)
        await going_on(receiving.attempt, lambda: arrival.size)
    finally:
        await asyncio.to_thread(arrival.close)


class _Receiving:
    """One file, on one connection after another."""

    def __init__(
        self, open_channel: Open, file_id: int, arrival: Arrival, progress: Progress | None
    ) -> None:
        self._open, self._file_id, self._arrival = open_channel, file_id, arrival
        self._progress = progress
        self._told: tuple[int, str] | None = None
        """Size and SHA-256."""

    async def attempt(self) -> None:
        channel = await self._open()
        try:
            async with fed(channel) as replica:
                await self._receive(Session(channel, replica))
        finally:
            await channel.close()

    async def _receive(self, session: Session) -> None:
        size, sha256 = await self._take(await session.call(READ, self._ask(0, 0), PIECE_S), 0)
        await asyncio.to_thread(self._arrival.make_room, size - self._arrival.size)
        under_way: deque[tuple[int, asyncio.Future[Any]]] = deque()
        asked = self._arrival.size
        while asked < size or under_way:
            if asked < size and len(under_way) < AHEAD:
                piece = min(PIECE, size - asked)
                under_way.append((piece, await session.start(READ, self._ask(asked, piece))))
                asked += piece
                continue
            piece, answer = under_way.popleft()
            await self._take(await session.wait(answer, READ, PIECE_S), piece)
            if self._progress:
                self._progress(self._arrival.size, size)
        await asyncio.to_thread(self._arrival.finish, sha256)

    def _ask(self, offset: int, size: int) -> dict[str, Any]:
        return {"id": self._file_id, "offset": offset, "size": size}

    async def _take(self, answer: Any, piece: int) -> tuple[int, str]:
        """Keep the bytes of an answer, which are so many; size and SHA-256 of the whole file."""
        try:
            data = base64.b64decode(answer["data"], validate=True)
            told = int(answer["size"]), str(answer["sha256"])
        except (LookupError, TypeError, ValueError, binascii.Error) as error:
            raise PrinterError("The server's answer to a download can't be read.") from error
        self._told = self._told or told
        if len(data) != piece or told != self._told:
            raise PrinterError("The server does not hand out the file as it is.")
        await asyncio.to_thread(self._arrival.write, data)
        return told
