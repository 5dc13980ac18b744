"""Putting a file into a gbterm's library piece by piece, which goes on where a connection broke."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from gbterm.backends.going_on import going_on
from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.once import Session, fed
from gbterm.backends.server_side import Progress
from gbterm.backends.source import Source
from gbterm.errors import FileRefused, LinkError, NoSuchFile, PrinterError

BEGIN = "begin_upload"
AHEAD = 8
"""Pieces under way, so that no round trip sets the pace."""
PIECE_MAX = 1 << 20
"""Bytes that a piece has at most, whatever the server would take."""
PIECE_S = 120.0
"""What pieces under way may take, on the slowest of lines."""
FINISH_S = 600.0
"""The server reads the whole file."""


async def put_in_pieces(open_channel: Open, path: Path, progress: Progress | None) -> Any:
    """The answer to a file that was put into the library, over connections of its own.

    Raises `FileRefused`, `LinkError` once it was in vain to connect again, and what the server
    says.
    """
    source = await asyncio.to_thread(Source, path)
    try:
        return await _Sending(open_channel, source, progress).run()
    finally:
        source.close()


class _Sending:
    """One file, on one connection after another."""

    def __init__(self, open_channel: Open, source: Source, progress: Progress | None) -> None:
        self._open, self._source, self._progress = open_channel, source, progress
        self._upload = ""
        self._piece, self._farthest = 0, 0

    async def run(self) -> Any:
        return await going_on(self._continued, lambda: self._farthest)

    async def _continued(self) -> Any:
        try:
            return await self._attempt()
        except NoSuchFile as error:
            # The server forgot what was uploaded of it.
            self._upload = ""
            raise LinkError(str(error)) from error

    async def _attempt(self) -> Any:
        channel = await self._open()
        try:
            async with fed(channel) as replica:
                session = Session(channel, replica)
                try:
                    return await self._send(session)
                except (asyncio.CancelledError, FileRefused):
                    await session.leave("abort_upload", {"upload": self._upload})
                    raise
        finally:
            await channel.close()

    async def _send(self, session: Session) -> Any:
        offset = await self._begin(session)
        while offset < self._source.size:
            reached = await self._append(session, offset)
            if reached <= offset:
                raise PrinterError("The server does not take the file's pieces.")
            offset = reached
        params = {"upload": self._upload, "sha256": await asyncio.to_thread(self._source.sha256)}
        return await session.call("finish_upload", params, FINISH_S)

    async def _begin(self, session: Session) -> int:
        """Where to go on, or 0 with a new upload."""
        if self._upload:
            with suppress(NoSuchFile):
                answer = await session.call("get_upload", {"upload": self._upload}, PIECE_S)
                return _offset(answer, self._farthest)
        params = {"name": self._source.name, "size": self._source.size}
        answer = await session.call(BEGIN, params, PIECE_S)
        try:
            self._upload = str(answer["upload"])
            self._piece = min(max(1, int(answer["piece"])), PIECE_MAX)
        except (LookupError, TypeError, ValueError) as error:
            raise PrinterError("The server's answer to an upload can't be read.") from error
        return 0

    async def _append(self, session: Session, offset: int) -> int:
        """Send from `offset` to the end, or until a piece was not taken; what is there then."""
        under_way: deque[tuple[int, asyncio.Future[Any]]] = deque()
        reached, is_behind = offset, False
        while under_way or (offset < self._source.size and not is_behind):
            if offset < self._source.size and not is_behind and len(under_way) < AHEAD:
                data = await asyncio.to_thread(self._source.read, offset, self._piece)
                params = {"upload": self._upload, "offset": offset}
                text = {"data": data.decode("utf-8", "surrogateescape")}
                offset += len(data)
                self._farthest = max(self._farthest, offset)
                under_way.append((offset, await session.start("append_upload", params | text)))
                continue
            end, answer = under_way.popleft()
            there = _offset(await session.wait(answer, "append_upload", PIECE_S), offset)
            reached, is_behind = max(reached, there), is_behind or there != end
            if self._progress:
                self._progress(reached, self._source.size)
        return reached


def _offset(answer: Any, most: int) -> int:
    offset = answer.get("offset") if isinstance(answer, dict) else None
    if not isinstance(offset, int) or not 0 <= offset <= most:
        raise PrinterError("The server's answer to an upload can't be read.")
    return offset
