"""Putting a file into a library; the request is made piece by piece, so none is held in memory."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from gbterm.backends.opengb.channel import MAX_MESSAGE, Open
from gbterm.backends.opengb.once import call_once
from gbterm.backends.server_side import Progress
from gbterm.errors import FileRefused
from gbterm.text import scrub

PIECE = 1 << 16
UPLOAD_S = 600.0


async def put_file(open_channel: Open, path: Path, progress: Progress | None) -> Any:
    """The answer to a file that was put into the library, over a connection of its own.

    Raises `FileRefused`, `LinkError` and what the peer says.
    """
    size = await asyncio.to_thread(_size, path)
    if size > MAX_MESSAGE * 9 // 10:
        raise FileRefused(
            f"{scrub(path.name, 60)} has {size >> 20} MiB, more than the server takes at once."
        )
    channel = await open_channel()
    pieces = request_pieces(1, path, progress)
    try:
        return await call_once(channel, "put_gcode_file", UPLOAD_S, pieces)
    finally:
        await channel.close()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise FileRefused(f"{scrub(path.name, 60)} can't be read: {error.strerror}.") from error


async def request_pieces(id: int, path: Path, progress: Progress | None) -> AsyncIterator[str]:
    """The request's text; `progress` hears of each piece when the next one is asked for.

    Bytes that are no UTF-8 travel as surrogates, of which gbterm makes the same bytes again. Raises
    `FileRefused` where it can't be read.
    """
    params = f'{{"name": {json.dumps(path.name)}, "payload": "'
    yield f'{{"jsonrpc": "2.0", "id": {id}, "method": "put_gcode_file", "params": {params}'
    decode = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    try:
        with path.open("rb") as file:
            total, done = os.fstat(file.fileno()).st_size, 0
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield json.dumps(decode.decode(piece))[1:-1]
                done += len(piece)
                if progress:
                    progress(min(done, total), total)
    except OSError as error:
        raise FileRefused(f"{scrub(path.name, 60)} can't be read: {error.strerror}.") from error
    yield json.dumps(decode.decode(b"", final=True))[1:-1] + '"}}'
