"""The card of a printer behind gbterm's server, shown as the folder `SD:` of its library."""

from __future__ import annotations

import asyncio
import hashlib

from gbterm.backends.opengb import records
from gbterm.backends.opengb.peer import Peer
from gbterm.backends.server_side import Progress
from gbterm.errors import CommandTimeout, NoSuchFile, NotSupported, PrinterError, WrongState
from gbterm.files import SD, CardFile, GcodeFile

LOOK_EVERY_S = 0.2
PRINT_S = 660.0
"""Longer than the server waits for the printer."""
_ON_CARD = 1 << 48
"""Set in the number of every file of a card, and of no file of a library."""


class CardFolder:
    """Numbers the files of the card by their paths, so that they can be told like others."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._paths: dict[int, str] = {}
        self._files: dict[int, GcodeFile] = {}
        self.folders: list[str] = []
        """Its paths, as they were listed last; none where there is no card."""

    async def files(self) -> list[GcodeFile]:
        """What is on it; nothing where no card is in, or where it can't be read now."""
        try:
            told = await self._peer.call("get_card_files")
        except (WrongState, PrinterError, CommandTimeout, NotSupported):
            self._files, self._paths, self.folders = {}, {}, []
            return []
        found = records.values(CardFile, told, "files")
        self._paths = {number(file.path): file.path for file in found}
        self._files = {number(file.path): _shown(file) for file in found}
        self.folders = sorted({SD, *(file.folder for file in self._files.values())})
        return list(self._files.values())

    async def file(self, file_id: int) -> GcodeFile:
        """One as it was listed last. Raises `NoSuchFile`."""
        await self._path(file_id)
        return self._files[file_id]

    async def print(self, file_id: int, *, confirmed: bool) -> None:
        """Have the board print it; raises as `print_card_file`."""
        params = {"path": await self._path(file_id), "confirmed": confirmed}
        await self._peer.call("print_card_file", params, PRINT_S)

    async def write(self, file_id: int, progress: Progress | None) -> GcodeFile:
        """Put a file of the library on it, and wait for the end of that.

        Raises as `upload_to_card`, `PrinterError` where it failed, and `WrongState` where it was
        cancelled.
        """
        told = await self._peer.call("upload_to_card", {"id": file_id}, PRINT_S)
        path = str(told.get("path", "")) if isinstance(told, dict) else ""
        while (job := self._peer.state.job) is not None and job.is_written and not job.outcome:
            if progress is not None:
                progress(job.byte, job.bytes)
            await asyncio.sleep(LOOK_EVERY_S)
        if job is not None and job.is_written and job.outcome != "finished":
            if job.outcome == "cancelled":
                raise WrongState(f"{job.name} was cancelled.")
            raise PrinterError(job.reason or f"{job.name} failed.")
        await self.files()
        return await self.file(number(path))

    async def delete(self, file_id: int) -> None:
        """Delete it; raises as `delete_card_file`."""
        await self._peer.call("delete_card_file", {"path": await self._path(file_id)})

    async def _path(self, file_id: int) -> str:
        if file_id not in self._paths:
            await self.files()
        if file_id not in self._paths:
            raise NoSuchFile("That file is not on the card any more: read the list again.")
        return self._paths[file_id]


def number(path: str) -> int:
    """The same whenever it is listed; it fits into a JSON number."""
    return _ON_CARD | int.from_bytes(hashlib.sha256(path.encode()).digest()[:6], "big")


def is_number(file_id: int) -> bool:
    """Whether it is that of a file on a card."""
    return bool(file_id & _ON_CARD)


def _shown(file: CardFile) -> GcodeFile:
    folder = SD + file.path.rpartition("/")[0]
    return GcodeFile(number(file.path), file.shown, file.size, "", folder=folder)
