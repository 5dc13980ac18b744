"""Putting a file on an OctoPrint's disk, read from this one piece by piece."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

from gbterm.backends.given import mapping
from gbterm.backends.octoprint.files import DISK
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.moving import PIECE, STALL_S, moving
from gbterm.backends.server_side import Progress
from gbterm.backends.source import Source
from gbterm.errors import FileRefused, GbtermError, LinkError, PrinterError, WrongState
from gbterm.text import scrub

FINISH_S = 600.0
"""The server reads and copies the whole file before it answers."""
_NAMES_TRIED = 5


class Upload:
    """`source` on its way into `folder`, by the server's path of it.

    OctoPrint replaces a file of the same name without a word, so it is asked for a name that is
    free, which it makes as its own web page does (`box_1.gcode`), and told to replace nothing.
    """

    def __init__(self, http: Http, source: Source, folder: str, progress: Progress | None) -> None:
        self._http, self._source, self._folder = http, source, folder
        self._progress = progress
        self._failure: FileRefused | None = None
        """What kept the file from being read."""

    async def run(self) -> str:
        """The server's path of what was uploaded.

        Raises `FileRefused`, `LinkError`, `WrongState`, and what else the server says.
        """
        name = await self._free_name()
        for _ in range(_NAMES_TRIED):
            try:
                return await self._send(name)
            except WrongState:
                taken, name = name, await self._free_name()
                if name == taken:
                    raise
            except PrinterError:
                if (kept := await self._kept(name)) is None:
                    raise
                return kept
        raise WrongState(f"{self._http.who} has files of all names that it offers: try again.")

    async def _free_name(self) -> str:
        name = scrub(self._source.name).replace("\\", "_")
        try:
            told = await self._asked("exists", name)
        except PrinterError as error:
            raise FileRefused(
                f"{self._http.who} takes no file called {scrub(name, 60)}: rename it."
            ) from error
        free = told.get("suggestion") if told.get("exists") else name
        if not isinstance(free, str) or not free or "/" in free:
            raise PrinterError(f"{self._http.who} names no free name for {scrub(name, 60)}.")
        return free

    async def _kept(self, name: str) -> str | None:
        """The path of a file that the server has although it says that it failed inside.

        It keeps a file before it queues it to be analysed, and fails at that where one of this
        name waits there, as one that was deleted during a print.
        """
        told = await self._asked("exists", name)
        if not told.get("exists") or told.get("size") != self._source.size:
            return None
        return str((await self._asked("sanitize", name)).get("sanitized"))

    async def _asked(self, what: str, name: str) -> dict[str, Any]:
        where = {"storage": "local", "path": self._folder, "filename": name}
        return mapping(await self._http.post("/api/files/test", {"command": what} | where))

    async def _send(self, name: str) -> str:
        boundary = uuid.uuid4().hex
        head, tail = self._around(name, boundary)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + self._source.size + len(tail)),
        }
        try:
            async with moving(self._http.who) as step:
                body = self._body(head, tail, step)
                told = await self._put(body, headers)
        except GbtermError as error:
            raise self._failure or self._worded(error, name) from error
        path = mapping(mapping(told.get("files")).get("local")).get("path")
        if not isinstance(path, str):
            raise PrinterError(f"{self._http.who} does not say where it put {scrub(name, 60)}.")
        return path

    async def _put(self, body: AsyncIterator[bytes], headers: dict[str, str]) -> dict[str, Any]:
        sent = self._http.request("POST", DISK, None, data=body, headers=headers)
        try:
            async with sent as answer:
                return mapping(await self._http.read_json(answer, scrubs=False))
        except LinkError as error:
            # Where OctoPrint can't write what it is sent, it says nothing but breaks that off.
            if not await self._still_answers():
                raise
            raise LinkError(
                f"{self._http.who} broke the upload off, and goes on otherwise: its disk may be"
                " full. Make room there, or try again."
            ) from error

    async def _still_answers(self) -> bool:
        try:
            return bool(await self._http.get("/api/version"))
        except GbtermError:
            return False

    def _worded(self, error: GbtermError, name: str) -> GbtermError:
        if isinstance(error, FileRefused):
            return FileRefused(
                f"{self._http.who} does not take {scrub(name, 60)}: a file for it to print is"
                f" called .gcode, .gco or .g. ({error})"
            )
        return error

    def _around(self, name: str, boundary: str) -> tuple[bytes, bytes]:
        """What stands before the file and after it (RFC 7578, its name by RFC 5987)."""
        plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
        fields = {"noOverwrite": "true", "path": self._folder}
        lines = []
        for field, value in fields.items():
            lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{field}"', "", value]
        called = f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
        lines += [
            f"--{boundary}",
            f'Content-Disposition: form-data; name="file"; {called}',
            "Content-Type: application/octet-stream",
            "",
            "",
        ]
        return "\r\n".join(lines).encode(), f"\r\n--{boundary}--\r\n".encode()

    async def _body(
        self, head: bytes, tail: bytes, step: Callable[[float], None]
    ) -> AsyncIterator[bytes]:
        yield head
        try:
            done = 0
            while done < self._source.size:
                piece = await asyncio.to_thread(self._source.read, done, PIECE)
                yield piece
                done += len(piece)
                step(STALL_S)
                if self._progress:
                    self._progress(done, self._source.size)
            # Without its end the server keeps nothing of what came.
            await asyncio.to_thread(self._source.sha256)
        except FileRefused as failure:
            self._failure = failure
            raise
        yield tail
        step(FINISH_S)
