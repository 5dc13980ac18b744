"""Files between this machine and the library."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING

from gbterm import paths
from gbterm.cli.verbs.bar import bar
from gbterm.cli.verbs.files import STREAM
from gbterm.cli.verbs.named import named
from gbterm.cli.verbs.records import record
from gbterm.cli.verbs.standard_input import spooled
from gbterm.cli.verbs.verb import Answer, Asked
from gbterm.errors import GbtermError, UsageError
from gbterm.files import GcodeFile, local_name

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

STREAMED_NAME = "stdin.gcode"
"""What the library calls what came from there."""


async def upload(asked: Asked) -> Answer:
    """Put a file into the library; its number."""
    return _told(await _put(asked, (asked.args.folder or "").strip("/")))


async def runfile(asked: Asked) -> Answer:
    """Put a file into the library and print it; its number."""
    stored = await _put(asked)
    try:
        await asked.backend.print_file(stored.id, confirmed=asked.confirmed)
    except GbtermError:
        # Else every further attempt would leave one more copy in the library.
        with suppress(GbtermError):
            await asked.backend.delete_file(stored.id)
        raise
    return _told(stored)


async def download(asked: Asked) -> Answer:
    """Put a file of the library on the disk, or on standard output."""
    file = await named(asked.backend, asked.args.name)
    to: str | None = asked.args.to
    if to == STREAM:
        await _stream_out(asked.backend, file)
        return Answer()
    path = Path(to) if to else Path(local_name(file.name))
    if path.is_dir():
        path /= local_name(file.name)
    with bar() as progress:
        await asked.backend.download_file(file.id, path, progress, confirmed=asked.confirmed)
    return Answer((str(path),), {"file": record(file), "to": str(path)})


async def _put(asked: Asked, folder: str = "") -> GcodeFile:
    with bar() as progress:
        if asked.args.file != STREAM:
            return await asked.backend.upload(Path(asked.args.file), progress, folder)
        with _room() as room:
            path = room / STREAMED_NAME
            if not await spooled(path):
                raise UsageError("Nothing came over standard input, so nothing was uploaded.")
            return await asked.backend.upload(path, progress, folder)


async def _stream_out(backend: Backend, file: GcodeFile) -> None:
    """Once it is here as a whole: half a file is worse than none."""
    with _room() as room:
        path = room / "file.gcode"
        with bar() as progress:
            await backend.download_file(file.id, path, progress)
        with path.open("rb") as whole:
            copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.buffer.flush()


@contextmanager
def _room() -> Iterator[Path]:
    """A directory of the user's own, for a while; a system's one for all may lie in memory."""
    house = paths.state_dir()
    house.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="transfer-", dir=house) as room:
        yield Path(room)


def _told(stored: GcodeFile) -> Answer:
    return Answer((str(stored.id),), record(stored))
