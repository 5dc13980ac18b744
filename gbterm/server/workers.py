"""Heavy work of the server in short-lived processes, so that its loop goes on; see `worker`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

from gbterm import jsonrpc, wire
from gbterm.errors import CommandTimeout, LinkError, NoSuchFile, WrongState
from gbterm.files import GcodeFile
from gbterm.server.library import Library
from gbterm.server.payloads import Adoption, Payload

LARGE = 1 << 18
"""Bytes of a file that is worth a process: to read so much takes longer than to start one."""
PIECE = 1 << 18
"""Bytes of a content in one fragment; some clients take no more than 4,096 of them."""
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
        job = {"id": id, "is_extended": is_extended}
        try:
            return await self._said("put", job, message)
        except Exception:
            await asyncio.to_thread(self._library.sweep)  # what it has left
            raise

    async def adopt(self, payload: Payload, name: str, like: GcodeFile) -> GcodeFile:
        """The record of a draft that becomes a file. Raises what `Library.put` and `put` raise."""
        if payload.size <= LARGE:
            return await asyncio.to_thread(self._library.adopt, payload, name, like)
        adoption = json.dumps(wire.to_json(Adoption(payload, name, like)))
        with os.fdopen(os.memfd_create("adoption"), "w+b") as file:
            file.write(adoption.encode())
            file.seek(0)
            return wire.from_json(GcodeFile, await self._result("adopt", {}, file))

    async def find_layers(self, file_id: int) -> None:
        """As of the library. Raises what that and `put` raise."""
        await self._result("find_layers", {"file_id": file_id})

    async def content(self, path: Path, name: str) -> AsyncGenerator[bytes, None]:
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
                piece = bytearray()
                while part := await process.stdout.read(PIECE):
                    piece += part
                    if len(piece) >= PIECE:
                        yield bytes(piece)
                        piece.clear()
                yield bytes(piece)
                await _ended(process)

    async def _result(self, name: str, job: dict[str, Any], stdin: IO[bytes] | None = None) -> Any:
        said = jsonrpc.parse(await self._said(name, job, stdin))
        if "error" in said:
            raise jsonrpc.exception(said["error"])
        return said["result"]

    async def _said(self, name: str, job: dict[str, Any], stdin: IO[bytes] | None = None) -> str:
        job |= {"root": str(self._library.root)}
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
