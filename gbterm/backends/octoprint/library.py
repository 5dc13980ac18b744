"""The files of an OctoPrint: on its disk, and on the card in its printer."""

from __future__ import annotations

import asyncio
from functools import cached_property
from pathlib import Path
from typing import Any

from gbterm.backends.capability import Capability
from gbterm.backends.doing import wrong_state
from gbterm.backends.given import mapping, number
from gbterm.backends.octoprint.by_name import ByName
from gbterm.backends.octoprint.catalogue import found, in_use, refuse_card
from gbterm.backends.octoprint.download import download
from gbterm.backends.octoprint.files import DISK, LOCAL, Entry
from gbterm.backends.octoprint.folders import Folders
from gbterm.backends.octoprint.upload import Upload
from gbterm.backends.server_side import Progress
from gbterm.backends.source import Source
from gbterm.errors import NotSupported, PrinterError, WrongState
from gbterm.files import DiskUse, GcodeFile
from gbterm.model import Phase
from gbterm.octoprint_requests import IDLE, JOB
from gbterm.text import scrub

BEGIN_S = 20.0
"""A print begins within that, or it doesn't."""
LOOK_S = 0.25


class Library(Folders, ByName):
    """Asks over `_http`; the files of the card lie in the folder `SD:`."""

    @cached_property
    def _one_upload(self) -> asyncio.Lock:
        return asyncio.Lock()

    async def files(self) -> list[GcodeFile]:
        self.require(Capability.FILES, "list files")
        files = await self._catalogue.show()
        return sorted(files, key=lambda file: (file.uploaded, file.id), reverse=True)

    async def file(self, file_id: int) -> GcodeFile:
        self.require(Capability.FILES, "tell of files")
        # For pictures and the like: who looked at a list has not seen what this tells.
        return found(await self._catalogue.read(), file_id).file

    async def files_json(self, file_id: int | None = None) -> Any:
        self.require(Capability.FILES, "tell of files")
        if file_id is None:
            # Without recursive, folders are told to be empty that are not.
            return await self._http.get("/api/files", recursive="true")
        return await self._http.get((await self._catalogue.entry(file_id)).resource)

    async def disks(self) -> dict[str, DiskUse]:
        """The one that holds the files; it doesn't say where that is mounted."""
        self.require(Capability.DISKS, "tell of its disks")
        told = mapping(await self._http.get(DISK))
        free, total = number(told.get("free")), number(told.get("total"))
        if free is None or total is None:
            raise NotSupported(f"{self.name} doesn't tell how full its disk is.")
        return {LOCAL: DiskUse(int(free), int(total))}

    async def upload(
        self, path: Path, progress: Progress | None = None, folder: str = ""
    ) -> GcodeFile:
        """Nothing is replaced: where the name is taken, the file comes to have another one.

        The file that is returned tells under which name it is there, as `box_1.gcode`.
        """
        self.require(Capability.UPLOAD, "take files")
        refuse_card(folder, "put files")
        where = await self._catalogue.folder(folder)
        source = await asyncio.to_thread(Source, path)
        try:
            # The server looks for a file of the name before it takes one, not while.
            async with self._one_upload:
                sent = await Upload(self._http, source, where, progress).run()
                uploaded = await self._listed(sent)
        finally:
            source.close()
        if uploaded.size != source.size:
            raise PrinterError(f"{uploaded.name} arrived otherwise than it was sent: try again.")
        return uploaded

    async def download_file(
        self,
        file_id: int,
        path: Path,
        progress: Progress | None = None,
        *,
        confirmed: bool = False,
    ) -> None:
        self.require(Capability.DOWNLOAD, "hand out files")
        entry = await self._catalogue.entry(file_id)
        refuse_card(entry.file.folder, "hand out files that are")
        await download(self._http, entry, path, progress, replaces=confirmed)

    async def delete_file(self, file_id: int) -> None:
        self.require(Capability.DELETE, "delete files")
        entry = await self._catalogue.as_shown(file_id)
        try:
            await self._http.delete(entry.resource)
        except WrongState as error:
            raise in_use(entry.file.name) from error

    async def select_file(self, file_id: int) -> None:
        self.require(Capability.SELECT, "select files")
        await self._select(await self._catalogue.as_shown(file_id), prints=False)

    async def print_file(
        self,
        file_id: int,
        *,
        confirmed: bool = False,  # noqa: ARG002
    ) -> None:
        """Returns once the server says that it prints; what is in the file it doesn't judge."""
        self.require(Capability.PRINT, "print files")
        entry = await self._catalogue.as_shown(file_id)
        await self._select(entry, prints=True)
        await self._begun(entry)

    async def _select(self, entry: Entry, *, prints: bool) -> None:
        try:
            await self._http.post(entry.resource, {"command": "select", "print": prints})
        except WrongState as error:
            # The server speaks of a print also where it has no printer.
            if self.state.phase is Phase.READY:
                raise
            to = "print" if prints else "select a file"
            raise wrong_state(self.name, self.state.phase, to) from error

    async def _begun(self, entry: Entry) -> None:
        """Wait until it is printed, for the server takes what it then doesn't print.

        Raises `WrongState` where it isn't, and `PrinterError` for what kept it from that.
        """
        try:
            async with asyncio.timeout(BEGIN_S):
                while True:
                    if await self._is_printed(entry):
                        return
                    await asyncio.sleep(LOOK_S)
        except TimeoutError as error:
            raise WrongState(
                f"{self._http.who} took {entry.file.name}, but it does not print it: look at"
                " the printer, then try again."
            ) from error

    async def _is_printed(self, entry: Entry) -> bool:
        answer = mapping(await self._http.get(JOB))
        file = mapping(mapping(answer.get("job")).get("file"))
        state, fault = str(answer.get("state") or ""), str(answer.get("error") or "")
        if fault:
            raise PrinterError(f"{entry.file.name} is not printed: {fault}")
        if (file.get("origin"), file.get("path")) != (entry.origin, scrub(entry.path)):
            return False
        # A short one has ended by now; what was selected anew has come to nothing yet.
        is_done = mapping(answer.get("progress")).get("completion") is not None
        return is_done or not state.startswith(IDLE)
