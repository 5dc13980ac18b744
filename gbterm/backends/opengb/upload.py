"""A `put_gcode_file` request made piece by piece, so that no file is held in memory."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

from gbterm.backends.base import Progress
from gbterm.errors import FileRefused
from gbterm.text import scrub

PIECE = 1 << 16


async def request_pieces(
    id: int, path: Path, progress: Progress | None, *, exact: bool
) -> AsyncIterator[str]:
    """The request's text; `progress` hears of each piece when the next one is asked for.

    Bytes that are no UTF-8 travel as surrogates where `exact` (gbterm makes the same bytes of
    them again), else as replacement characters. Raises `FileRefused` where it can't be read.
    """
    params = f'{{"name": {json.dumps(path.name)}, "payload": "'
    yield f'{{"jsonrpc": "2.0", "id": {id}, "method": "put_gcode_file", "params": {params}'
    decode = codecs.getincrementaldecoder("utf-8")("surrogateescape" if exact else "replace")
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
