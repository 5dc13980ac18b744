"""Heavy work of the server in short-lived processes, so that its loop goes on; see `worker`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from gbterm import jsonrpc, wire
from gbterm.errors import CommandTimeout, LinkError, NoSuchFile, WrongState
from gbterm.files import GcodeFile
from gbterm.findings import FileCheck, Measures
from gbterm.server.library import Library
from gbterm.server.payloads import Adoption, Payload
from gbterm.server.worker import PIECE

LARGE = 1 << 18
"""Bytes of a file that is worth a process: to read so much takes longer than to start one."""
LIMIT_S, ENDED_WITHIN_S = 600.0, 2.0
READERS = 4
"""So many contents are worked on at once; each waits for its reader most of the time."""
TURN_S = 2.0
"""A content that was worked on for so long gives way where all of these are taken."""


class Workers:
    """One works at a time for somebody who waits; others wait for their turn."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._turn, self._readers = asyncio.Lock(), asyncio.Semaphore(READERS)
        self._idle_turn = asyncio.Lock()
        """Of work that nobody waits for, which must hold up nobody."""
        self._working: set[Process] = set()
        self._under_way, self._none_works = 0, asyncio.Event()
        self._none_works.set()
        self._is_closed = False
        self.on_file: Callable[[], None] = lambda: None
        """Called when the library may hold another file."""

    def close(self) -> None:
        """End those that work, and start no more."""
        self._is_closed = True
        for process in self._working:
            _kill(process)

    async def ended(self) -> None:
        """Once nobody waits for them any more: wait, for a moment, until they have ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDED_WITHIN_S):
                await self._none_works.wait()

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
        finally:
            self.on_file()

    async def adopt(self, payload: Payload, name: str, like: GcodeFile) -> GcodeFile:
        """The record of a draft that becomes a file. Raises what `Library.put` and `put` raise."""
        try:
            return await self._adopt(payload, name, like)
        finally:
            self.on_file()

    async def _adopt(self, payload: Payload, name: str, like: GcodeFile) -> GcodeFile:
        if payload.size <= LARGE:
            return await asyncio.to_thread(self._library.adopt, payload, name, like)
        with _as_input(Adoption(payload, name, like)) as file:
            return wire.from_json(GcodeFile, await self._result("adopt", {}, file))

    async def check(self, file: GcodeFile, measures: Measures) -> FileCheck:
        """As of the library. Raises what that and `put` raise."""
        if file.size <= LARGE:
            return await asyncio.to_thread(self._library.check, file.id, measures)
        with _as_input(measures) as given:
            return wire.from_json(
                FileCheck, await self._result("check", {"file_id": file.id}, given)
            )

    async def find_layers(self, file_id: int) -> None:
        """As of the library. Raises what that and `put` raise."""
        await self._result("find_layers", {"file_id": file_id})

    async def work_out(self, file_id: int, board: str) -> None:
        """As of the library. Raises what that and `put` raise."""
        job = {"file_id": file_id, "board": board}
        await self._result("work_out", job, turn=self._idle_turn)

    async def content(self, path: Path, name: str) -> AsyncGenerator[bytes, None]:
        """The file as the inside of a JSON string, in pieces; close it where it isn't read whole.

        Raises `NoSuchFile`, and what `put` raises.
        """
        at, is_over = 0, False
        with _opened(path, name) as file:  # in no thread, which a client that leaves can't end
            while not is_over:
                async with self._turn_to_read(file, at) as turn:
                    while step := await turn.step():
                        size, piece = step
                        yield piece
                        at += size
                    is_over = not turn.is_over

    @asynccontextmanager
    async def _turn_to_read(self, file: IO[bytes], at: int) -> AsyncIterator[_Turn]:
        await self._readers.acquire()
        turn = _Turn(self._readers)
        try:
            async with self._worker("content", {"at": at}, file) as turn.process:
                yield turn
        finally:
            turn.end()

    async def _result(
        self,
        name: str,
        job: dict[str, Any],
        stdin: IO[bytes] | None = None,
        turn: asyncio.Lock | None = None,
    ) -> Any:
        said = jsonrpc.parse(await self._said(name, job, stdin, turn))
        if "error" in said:
            raise jsonrpc.exception(said["error"])
        return said["result"]

    async def _said(
        self,
        name: str,
        job: dict[str, Any],
        stdin: IO[bytes] | None = None,
        turn: asyncio.Lock | None = None,
    ) -> str:
        job |= {"root": str(self._library.root)}
        async with turn or self._turn, self._worker(name, job, stdin) as process:
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
        self._require_open()
        self._under_way += 1
        self._none_works.clear()
        try:
            process = await _started(name, job, stdin)
            self._working.add(process)
            try:
                self._require_open()
                yield process
            finally:
                _kill(process)
                await process.communicate()  # it ends only once all that it said is read
                self._working.discard(process)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none_works.set()

    def _require_open(self) -> None:
        if self._is_closed:
            raise LinkError("The server ends: try again when it is back.")


class _Turn:
    """One of the places of the readers. Whoever has it may be slow, and doesn't keep it then."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self.process: Process | None = None
        self.is_over = False
        self._places = places
        self._timer: asyncio.TimerHandle | None = None

    async def step(self) -> tuple[int, bytes] | None:
        """The next piece, after how many bytes of the file it stands for; None at the end."""
        assert self.process is not None
        assert self.process.stdout is not None
        try:
            head = await self.process.stdout.readexactly(PIECE.size)
            size, length = PIECE.unpack(head)
            piece = await self.process.stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            if not self.is_over:
                await _ended(self.process)
            return None
        if self._timer is None:  # each turn brings a piece, however long its start took
            self._give_way_later()
        return size, piece

    def end(self) -> None:
        """Leave the place, once."""
        if self._timer is not None:
            self._timer.cancel()
        if not self.is_over:
            self.is_over = True
            self._places.release()
            if self.process is not None:
                _kill(self.process)

    def _give_way_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TURN_S, self._give_way)

    def _give_way(self) -> None:
        if self._places.locked():
            self.end()
        elif not self.is_over:
            self._give_way_later()


async def _started(name: str, job: dict[str, Any], stdin: IO[bytes] | None) -> Process:
    argument = json.dumps({"server": os.getpid(), "job": name, **job})
    command = (sys.executable, "-m", "gbterm.server.worker", argument)
    try:
        return await asyncio.create_subprocess_exec(*command, stdin=stdin or DEVNULL, stdout=PIPE)
    except OSError as error:
        raise _unfinished(f"could not be started: {error.strerror}") from error


@contextmanager
def _as_input(value: object) -> Iterator[IO[bytes]]:
    """A value of ours as a file, for a process to read."""
    with os.fdopen(os.memfd_create("given"), "w+b") as file:
        file.write(json.dumps(wire.to_json(value)).encode())
        file.seek(0)
        yield file


def _opened(path: Path, name: str) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise NoSuchFile(f"The library has lost the content of {name}.") from error


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
