"""Getting a file of an OctoPrint, which goes on where a connection broke."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import aiohttp

from gbterm.arrival import Arrival
from gbterm.backends.going_on import going_on
from gbterm.backends.octoprint.files import Entry, quoted
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.moving import PIECE, STALL_S, moving
from gbterm.backends.server_side import Progress
from gbterm.errors import LinkError, PrinterError

PARTIAL, NO_SUCH_PART = 206, 416


async def download(
    http: Http, entry: Entry, path: Path, progress: Progress | None, *, replaces: bool
) -> None:
    """Have the file of `entry` at `path`.

    OctoPrint's hash of a file is the one of its upload, also where the file was changed on the
    server's disk since, so it says nothing: that all parts are of one file is known by their ETag
    and by the size of the whole. Raises what `Arrival` raises, `LinkError` once it was in vain to
    connect again, and what the server says.
    """
    arrival = await asyncio.to_thread(Arrival, path, replaces=replaces)
    try:
        fetching = _Fetching(http, entry, arrival, progress)
        await going_on(fetching.attempt, lambda: arrival.size)
        await asyncio.to_thread(arrival.finish, None)
    finally:
        await asyncio.to_thread(arrival.close)


class _Fetching:
    """One file, by one request after another."""

    def __init__(
        self, http: Http, entry: Entry, arrival: Arrival, progress: Progress | None
    ) -> None:
        self._http, self._entry, self._arrival = http, entry, arrival
        self._progress = progress
        self._told: tuple[int, str] | None = None
        """Size and ETag."""

    async def attempt(self) -> None:
        begun = self._arrival.size
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
        path = f"/downloads/files/local/{quoted(self._entry.path)}"
        async with moving(self._http.who) as step:
            asked = self._http.request("GET", path, None, headers=headers, takes=(NO_SUCH_PART,))
            async with asked as answer:
                total = self._total(answer, begun)
                await asyncio.to_thread(self._arrival.make_room, total - begun)
                await self._receive(answer, total, step)
        if self._arrival.size != total:
            raise LinkError(f"{self._http.who} ended the file before its end.")

    async def _receive(
        self, answer: aiohttp.ClientResponse, total: int, step: Callable[[float], None]
    ) -> None:
        async for piece in answer.content.iter_chunked(PIECE):
            if self._arrival.size + len(piece) > total:
                raise PrinterError(f"{self._http.who} sends more than the file has.")
            await asyncio.to_thread(self._arrival.write, piece)
            step(STALL_S)
            if self._progress:
                self._progress(self._arrival.size, total)

    def _total(self, answer: aiohttp.ClientResponse, begun: int) -> int:
        """The size of the whole file. Raises `PrinterError` where it is not the one begun."""
        if answer.status == PARTIAL:
            ranged = re.match(r"bytes (\d+)-\d+/(\d+)$", answer.headers.get("Content-Range", ""))
            first, total = map(int, ranged.groups()) if ranged else (-1, 0)
        else:
            first = 0
            total = answer.content_length if answer.content_length is not None else -1
        told = total, answer.headers.get("ETag", "")
        # It does not go by If-Range.
        if first != begun or total < 0 or told != (self._told or told):
            raise PrinterError(f"{self._http.who} changed the file meanwhile: get it again.")
        self._told = told
        return total
