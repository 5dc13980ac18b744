"""Standard input, read so that Ctrl+C need not wait for what nobody sends."""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from gbterm.errors import UsageError

T = TypeVar("T")
PIECE = 1 << 16


async def text(most: int) -> str:
    """All of it, cut after somewhat more than `most` bytes. Raises `UsageError`."""

    def read() -> bytes:
        held = b""
        for piece in _pieces():
            held += piece
            if len(held) > most:
                break
        return held

    try:
        return (await _apart(read)).decode()
    except UnicodeDecodeError as error:
        raise UsageError("What came over standard input is no text: write it in UTF-8.") from error


async def spooled(path: Path) -> int:
    """Write it to `path`; how many bytes that is."""

    def write() -> int:
        with path.open("wb") as file:
            for piece in _pieces():
                file.write(piece)
            return file.tell()

    return await _apart(write)


def _pieces() -> Iterator[bytes]:
    if sys.stdin is None:  # it is closed
        return
    # Its buffer's lock would be held while nothing comes, and wanted as the interpreter ends.
    raw = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    while (piece := raw.read(PIECE)) != b"":
        if piece is None:  # somebody made it one that doesn't wait
            select.select([raw], [], [])
        else:
            yield piece


async def _apart(work: Callable[[], T]) -> T:
    """What `work` returns, on a thread that nobody waits for once this is cancelled."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            failure = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, daemon=True).start()
    return await done
