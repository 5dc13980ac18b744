"""The method by which a file leaves a piece at a time."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from gbterm.errors import NoSuchFile
from gbterm.params import REQUIRED, Param, count
from gbterm.server.client import Client
from gbterm.server.library import Library, Stored
from gbterm.server.table import Method, Table

PIECE = 1 << 18
"""Bytes of the file, which are a third more in base64."""
READ = "read_gcode_file"


class DownloadMethods:
    """Serves `table`; nothing is remembered between pieces."""

    def __init__(self, library: Library) -> None:
        self._library = library
        id, offset = Param("id", count, REQUIRED), Param("offset", count, 0)
        self.table: Table = {READ: Method((id, offset, Param("size", count, PIECE)), self._read)}

    async def _read(self, _: Client, params: dict[str, Any]) -> Any:
        file_id, offset = params["id"], params["offset"]
        stored = await asyncio.to_thread(self._library.stored, file_id)
        try:
            data, size = await asyncio.to_thread(_piece, stored, offset, params["size"])
        except OSError as error:
            raise NoSuchFile(f"The library has lost the content of file {file_id}.") from error
        text = base64.b64encode(data).decode("ascii")
        return {"offset": offset, "data": text, "size": size, "sha256": stored.sha256}


def _piece(stored: Stored, offset: int, most: int) -> tuple[bytes, int]:
    """Bytes from `offset` on, and how many there are in all."""
    with stored.path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(min(offset, size))
        return file.read(min(most, PIECE)), size
