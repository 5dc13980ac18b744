"""Heavy work of the server in short-lived processes, so that its loop goes on; see `worker`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

from gbterm import jsonrpc, wire
from gbterm.errors import CommandTimeout, LinkError, NoSuchFile, WrongState
from gbterm.gcode.metadata import Metadata, read_metadata
from gbterm.server.library import Library

LARGE = 4 << 20
"""Bytes of a file that is worth a process."""
PIECE = 1 << 16
LIMIT_S = 600.0
READERS = 4
"""So many contents are on their way at once; each waits for its reader most of the time."""


class Workers:
    """One works at a time; others wait for their turn."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._turn, self._readers = asyncio.Lock(), asyncio.Semaphore(READERS)
        self._working: set[Process] = set()
        self._is_closed = False

    def close(self) -> None:
        """End those that work, and start no more."""
        self._is_closed = True
        for process in self._working:
            _kill(process)

    async def put(self, message: IO[bytes], id: Any, *, is_extended: bool) -> str:
        """The answer to an upload of which `id` is known; empty where none is wanted.

        Raises `WrongState`, `CommandTimeout`, `LinkError` where the work could not be done.
        """
        job = {"root": str(self._library.root), "id": id, "is_extended": is_extended}
        try:
            return await self._said("put", job, message)
        except Exception:
            await asyncio.to_thread(self._library.sweep)  # what it has left
            raise

    async def metadata(self, path: Path, name: str, size: int) -> Metadata:
        """What the file of `size` bytes at `path`, which the user calls `name`, says of itself.

        Raises `FileRefused`, and what `put` raises.
        """
        if size <= LARGE:
            return await asyncio.to_thread(read_metadata, path, name)
        said = json.loads(await self._said("metadata", {"path": str(path), "name": name}))
        if "error" in said:
            raise jsonrpc.exception(said["error"])
        # A file may have thousands of layers.
        return await asyncio.to_thread(wire.from_json, Metadata, said["result"])

    async def content(self, path: Path, name: str) -> AsyncIterator[bytes]:
        """The file as the inside of a JSON string, in pieces; close it where it isn't read whole.

        Raises `NoSuchFile`, and what `put` raises.
        """
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except OSError as error:
            raise NoSuchFile(f"The library has lost the content of {name}.") from error
        with file:
            async with self._readers, self._worker("content", {}, file) as process:
                assert process.stdout is not None
                while piece := await process.stdout.read(PIECE):
                    yield piece
                await _ended(process)

    async def _said(self, name: str, job: dict[str, Any], stdin: IO[bytes] | None = None) -> str:
        async with self._turn, self._worker(name, job, stdin) as process:
            assert process.stdout is not None
            try:
                async with asyncio.timeout(LIMIT_S):
                    said = await process.stdout.read()
                    await _ended(process)
            except TimeoutError:
                raise CommandTimeout(
                    f"The file could not be worked on within {LIMIT_S:.0f} s: try again when the "
                    "machine has less to do."
                ) from None
        return said.decode()

    @asynccontextmanager
    async def _worker(
        self, name: str, job: dict[str, Any], stdin: IO[bytes] | None
    ) -> AsyncIterator[Process]:
        if self._is_closed:
            raise LinkError("The server ends: try again when it is back.")
        argument = json.dumps({"server": os.getpid(), "job": name, **job})
        command = (sys.executable, "-m", "gbterm.server.worker", argument)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=stdin or DEVNULL, stdout=PIPE
            )
        except OSError as error:
            raise _unfinished(f"could not be started: {error.strerror}") from error
        self._working.add(process)
        try:
            yield process
        finally:
            _kill(process)
            await process.communicate()  # it ends only once all that it said is read
            self._working.discard(process)


def _kill(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()


async def _ended(process: Process) -> None:
    status = await process.wait()
    if status:
        why = signal.Signals(-status).name if status < 0 else f"status {status}"
        raise _unfinished(f"ended ({why})")


def _unfinished(why: str) -> WrongState:
    return WrongState(
        f"The file could not be worked on, because the process for it {why}: try again; the "
        "server's log may say more."
    )
