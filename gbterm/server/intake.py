"""Messages as they come. Large ones come few at a time, and the largest lie in a file."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

from websockets.asyncio.server import ServerConnection

from gbterm.errors import AuthenticationRefused, GbtermError, WrongState
from gbterm.server.client import Client
from gbterm.server.envelope import AROUND, call_id
from gbterm.server.keys import Scope
from gbterm.server.payloads import full_disk_told

SMALL = 1 << 16
"""Every client may send messages of so many bytes at any time; larger ones need a place."""
PLACES = 4
IN_MEMORY = 4 << 20
"""Of a larger message no more than this is held; it goes on in a file."""
BATCH = 1 << 20

PATIENCE_S, STEP = 30.0, 1 << 18
"""Who has a place has to send so many more bytes each time within this time."""

LARGE_REFUSED = (
    "The key may not send messages of more than 64 KiB: that needs one with the scope files."
)


class Message:
    """A message, with all of it in `text` or in `file`, or a `refusal` and nothing of it."""

    def __init__(self, folder: Path) -> None:
        self.text = bytearray()
        self.file: IO[bytes] | None = None
        self.refusal: GbtermError | None = None
        self.size = 0
        self.done = asyncio.Event()
        """Set once it was worked on, whether its answer is read or not."""
        self._folder = folder
        self._beginning = self._end = b""

    @property
    def is_large(self) -> bool:
        """Whether it has a place among the few."""
        return self.size > SMALL

    @property
    def id(self) -> Any:
        """The call's id as far as it can be known without reading the whole."""
        return call_id(self._beginning, self._end)

    def take(self) -> str:
        """All of it, held no more. Raises `UnicodeDecodeError` where it is no text."""
        text = self.text.decode()
        self.text.clear()
        return text

    async def add(self, piece: bytes) -> None:
        """What comes next."""
        self.size += len(piece)
        if len(self._beginning) < AROUND:
            self._beginning = (self._beginning + piece)[:AROUND]
        self._end = (self._end + piece[-AROUND:])[-AROUND:]
        if self.refusal is None:
            self.text += piece
            if len(self.text) > (BATCH if self.file else IN_MEMORY):
                await self._spool()

    async def finish(self) -> None:
        """All of it has come."""
        if self.file is not None:
            await self._spool()
        if self.file is not None:
            self.file.seek(0)

    def refuse(self, refusal: GbtermError) -> None:
        """Hold nothing of it any more."""
        self.refusal = refusal
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self.text.clear()
        if self.file is not None:
            with suppress(OSError):  # what a full disk did not take
                self.file.close()
            self.file = None

    async def _spool(self) -> None:
        try:
            await asyncio.to_thread(self._write)
        except WrongState as error:
            self.refuse(error)

    def _write(self) -> None:
        with full_disk_told():
            if self.file is None:
                self.file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            self.file.write(self.text)
            self.file.flush()
        self.text.clear()


class Intake:
    """Receives the messages of all clients. The largest lie in `folder`, without a name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = asyncio.Semaphore(PLACES)

    @asynccontextmanager
    async def message(self, connection: ServerConnection, client: Client) -> AsyncIterator[Message]:
        """The next message of `client`, which keeps its place until the end of the block.

        While there is none free, or the client has a large answer to read, it isn't read. Raises
        TimeoutError where it has one and sends no more.
        """
        message = Message(self._folder)
        pieces = connection.recv_streaming(decode=False)
        async for piece in pieces:
            await message.add(piece)
            if message.is_large:
                break
        else:
            yield message
            return
        if Scope.FILES not in client.scopes:
            message.refuse(AuthenticationRefused(LARGE_REFUSED))
            await _receive(message, pieces)
            yield message
            return
        async with client.turn:
            pass  # who reads no answer keeps no place for the next one
        async with self._place(connection):
            try:
                await _receive(message, pieces)
                yield message
            finally:
                message.close()

    @asynccontextmanager
    async def _place(self, connection: ServerConnection) -> AsyncIterator[None]:
        """Wait for a place no longer than the client does, from which nothing comes then."""
        waiting = asyncio.create_task(self._places.acquire())
        gone = asyncio.create_task(connection.wait_closed())
        try:
            await asyncio.wait([waiting, gone], return_when=asyncio.FIRST_COMPLETED)
            yield
        finally:
            gone.cancel()
            if not waiting.cancel():
                self._places.release()


async def _receive(message: Message, pieces: AsyncIterator[bytes]) -> None:
    now = asyncio.get_running_loop().time
    async with asyncio.timeout(PATIENCE_S) as limit:
        step = message.size
        async for piece in pieces:
            await message.add(piece)
            if message.size - step > STEP:
                step = message.size
                limit.reschedule(now() + PATIENCE_S)
    await message.finish()
