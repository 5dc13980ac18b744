"""Files that come a piece at a time, over whatever connections last.

An upload is called as its payload is, which nobody can guess. So one that became a file is known by
that name for ever, and to finish it again, even after a restart of the server, adds no second file.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gbterm.errors import FileRefused, NoSuchFile, UsageError, WrongState
from gbterm.files import GcodeFile
from gbterm.server.library import BLANK, Library, file_name
from gbterm.server.payloads import Draft, Payload
from gbterm.server.workers import Workers
from gbterm.text import scrub

PIECE = 48 << 10
"""Bytes of a piece at most: as a message it is parsed at once, and no other waits for that."""
FILE_MAX = 2 << 30
AT_ONCE = 8
IDLE_S = 3600.0
"""Without a call for so long, an upload is given up."""
GIVES_WAY_S = 300.0
"""One that was idle for so long gives way where all places are taken."""
EXPIRE_EVERY_S = 60.0
RESERVE = 64 << 20
"""Bytes of the disk that no upload takes: the records, journals and logs need some."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Upload:
    """A file on its way to `size` bytes; who holds `turn` may touch the draft."""

    draft: Draft
    name: str
    size: int
    used_at: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Uploads:
    """The uploads under way into `library`; `now` is a monotonic clock in seconds.

    Each call for an upload that is not under way raises `NoSuchFile`: it is to begin anew.
    """

    def __init__(
        self,
        library: Library,
        workers: Workers,
        file_max: int = FILE_MAX,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library, self._workers = library, workers
        self._file_max, self._now = file_max, now
        self._uploads: dict[str, Upload] = {}
        self._beginning = asyncio.Lock()

    async def begin(self, name: str, size: int) -> str:
        """The id of a new upload of `size` bytes.

        Raises `UsageError` for a name that is none, `FileRefused` for a file that is too large,
        `WrongState` where the disk or all places are full.
        """
        name = file_name(name)
        if size > self._file_max:
            raise FileRefused(
                f"{scrub(name, 60)} has {_mib(size)} MiB, and this server takes files up to "
                f"{_mib(self._file_max)} MiB (server.file_mib)."
            )
        async with self._beginning:
            await self.expire()
            await self._make_place()
            await self._check_room(name, size)
            draft = await asyncio.to_thread(self._library.begin)
            upload_id = draft.path.stem
            self._uploads[upload_id] = Upload(draft, name, size, self._now())
        return upload_id

    async def append(self, upload_id: str, offset: int, data: bytes) -> int:
        """Take a piece that begins at byte `offset`; returns where the next one has to begin.

        A piece that begins elsewhere, such as one that was sent again, changes nothing. Raises
        `UsageError` for a piece that is too long, `WrongState` where the disk is full.
        """
        async with self._held(upload_id) as upload:
            if offset == upload.draft.size:
                _check_piece(upload, data)
                try:
                    await asyncio.to_thread(upload.draft.write, data)
                except Exception:
                    await self._end(upload_id)  # nobody knows how much of it was written
                    raise
            return upload.draft.size

    async def reached(self, upload_id: str) -> tuple[int, int]:
        """How many bytes are here, and how many there will be."""
        async with self._turn(upload_id) as upload:
            if upload is not None:
                return upload.draft.size, upload.size
        size = (await self._finished(upload_id)).size
        return size, size

    async def end_here(self, upload_id: str) -> str:
        """What came is all of it, whatever was announced; its SHA-256, to finish it with."""
        async with self._held(upload_id) as upload:
            upload.size = upload.draft.size
            return upload.draft.sha256

    async def finish(self, upload_id: str, sha256: str, like: GcodeFile = BLANK) -> GcodeFile:
        """The record of the file, once all of it is here and has this checksum.

        Raises `UsageError` while bytes are missing. Any other error ends the upload: `FileRefused`
        for another checksum or what is no G-code, `WrongState` where the disk is full.
        """
        async with self._turn(upload_id) as upload:
            if upload is not None:
                return await self._finish(upload_id, upload, sha256, like)
        return await self._finished(upload_id)  # the answer to an earlier call was lost

    async def abort(self, upload_id: str) -> None:
        """Give an upload up."""
        async with self._held(upload_id):
            await self._end(upload_id)

    async def expire(self) -> None:
        """Give up those that were idle for too long."""
        for upload_id, upload in tuple(self._uploads.items()):
            if self._idle_s(upload) > IDLE_S:
                await self._end(upload_id)

    async def run(self) -> None:
        """Look for idle ones until cancelled."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            await self.expire()

    async def close(self) -> None:
        """Give up all of them."""
        for upload_id, upload in tuple(self._uploads.items()):
            async with upload.turn:
                await self._end(upload_id)

    @asynccontextmanager
    async def _turn(self, upload_id: str) -> AsyncIterator[Upload | None]:
        """Hold an upload; None where there is none, or it has ended in the call before this."""
        upload = self._uploads.get(upload_id)
        if upload is None:
            yield None
            return
        async with upload.turn:
            try:
                yield upload if upload_id in self._uploads else None
            finally:
                upload.used_at = self._now()

    @asynccontextmanager
    async def _held(self, upload_id: str) -> AsyncIterator[Upload]:
        async with self._turn(upload_id) as upload:
            if upload is None:
                raise _unknown()
            yield upload

    async def _finish(
        self, upload_id: str, upload: Upload, sha256: str, like: GcodeFile
    ) -> GcodeFile:
        if missing := upload.size - upload.draft.size:
            raise UsageError(
                f"{missing} bytes of {scrub(upload.name, 60)} are missing: send them, from offset "
                f"{upload.draft.size}, then finish."
            )
        try:
            payload = await asyncio.to_thread(upload.draft.finish)
            _check_sum(upload, payload, sha256)
            return await self._workers.adopt(payload, upload.name, like)
        finally:
            await self._end(upload_id)

    async def _finished(self, upload_id: str) -> GcodeFile:
        if upload_id.isascii():
            file = await asyncio.to_thread(self._library.uploaded_as, upload_id)
            if file is not None:
                return file
        raise _unknown()

    async def _make_place(self) -> None:
        if len(self._uploads) < AT_ONCE:
            return
        upload_id = max(self._uploads, key=lambda id: self._idle_s(self._uploads[id]))
        if self._idle_s(self._uploads[upload_id]) < GIVES_WAY_S:
            raise WrongState(
                f"{AT_ONCE} uploads are under way, which is all that this server takes at once: "
                "wait until one of them has ended."
            )
        await self._end(upload_id)

    async def _check_room(self, name: str, size: int) -> None:
        promised = sum(upload.size - upload.draft.size for upload in self._uploads.values())
        free = await asyncio.to_thread(self._library.free_bytes) - promised - RESERVE
        if size > free:
            raise WrongState(
                f"The disk has no room for {scrub(name, 60)}, which has {_mib(size)} MiB, where "
                f"{_mib(max(0, free))} MiB are free: delete files or make room, then try again."
            )

    def _idle_s(self, upload: Upload) -> float:
        return 0.0 if upload.turn.locked() else self._now() - upload.used_at

    async def _end(self, upload_id: str) -> None:
        upload = self._uploads.pop(upload_id, None)
        if upload is not None:
            try:
                await asyncio.to_thread(self._library.end, upload.draft)
            except (OSError, sqlite3.Error) as error:
                _log.warning("an upload's file stays until the next start: %s", error)


def _check_piece(upload: Upload, data: bytes) -> None:
    if len(data) > PIECE:
        raise UsageError(f"A piece has {PIECE} bytes at most, and this one {len(data)}.")
    if upload.draft.size + len(data) > upload.size:
        raise UsageError(
            f"The upload was begun for {upload.size} bytes, and this piece leads beyond them: "
            "begin anew with the size that the file has."
        )


def _check_sum(upload: Upload, payload: Payload, sha256: str) -> None:
    if payload.sha256 != sha256.lower():
        raise FileRefused(
            f"{scrub(upload.name, 60)} was damaged or changed on its way (its SHA-256 is "
            "another), so it was not stored: upload it again."
        )


def _unknown() -> NoSuchFile:
    return NoSuchFile("There is no such upload, or none any more: begin it anew.")


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.1f}".removesuffix(".0")
