"""The library of files."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

from gbterm import events
from gbterm.arrival import Arrival
from gbterm.backends.capability import Capability
from gbterm.backends.server_side import Progress
from gbterm.errors import FileRefused, NeedsConfirmation, UsageError, WrongState
from gbterm.files import FileLayers, GcodeFile, LayerGeometry, SelectedFile, Toolpath
from gbterm.findings import FileCheck, Finding, Severity, in_order
from gbterm.jobs import Job
from gbterm.model import Phase
from tests.memory_backend.folders import Folders


class Library(Folders):
    """Files, and what is printed of them."""

    async def layers(self, file_id: int, first: int = 1) -> FileLayers:
        await self._called("layers", Capability.LAYERS)
        self._file(file_id)
        count = self.contents[file_id].count(b";LAYER:")
        return FileLayers(count, first, tuple(map(float, range(first, count + 1))))

    async def layer_geometry(
        self, file_id: int, layer: int, most: int | None = None
    ) -> LayerGeometry:
        await self._called("layer_geometry", Capability.LAYERS)
        self._file(file_id)
        square = Toolpath("extrude", 0, (10.0, 10.0, 90.0, 10.0, 90.0, 90.0, 10.0, 90.0))
        way = Toolpath("travel", 0, (20.0, 50.0, 80.0, 50.0))
        return LayerGeometry(layer, float(layer), (square, way))

    async def files(self) -> list[GcodeFile]:
        await self._called("files", Capability.FILES)
        return sorted(self.library.values(), key=lambda file: file.id, reverse=True)

    async def file(self, file_id: int) -> GcodeFile:
        await self._called("file", Capability.FILES)
        return self._file(file_id)

    async def upload(
        self, path: Path, progress: Progress | None = None, folder: str = ""
    ) -> GcodeFile:
        await self._called("upload", Capability.UPLOAD)
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise FileRefused(f"{path} can't be read: {error.strerror}.") from error
        if b"\0" in content:
            raise FileRefused(f"{path.name} is not G-code: it holds a NUL byte.")
        for done in range(0, len(content) + 1, max(1, len(content) // 4)):
            if progress is not None:
                progress(done, len(content))
        return self.add_file(path.name, content, folder)

    async def download_file(
        self,
        file_id: int,
        path: Path,
        progress: Progress | None = None,
        *,
        confirmed: bool = False,
    ) -> None:
        await self._called("download_file", Capability.DOWNLOAD)
        file, content = self._file(file_id), self.contents[file_id]
        arrival = Arrival(path, replaces=confirmed)
        try:
            for at in range(0, len(content), max(1, len(content) // 4)):
                arrival.write(content[at : at + max(1, len(content) // 4)])
                if progress is not None:
                    progress(arrival.size, file.size)
            arrival.finish(hashlib.sha256(content).hexdigest())
        finally:
            arrival.close()

    async def rename_file(self, file_id: int, name: str) -> GcodeFile:
        await self._called("rename_file", Capability.RENAME)
        file = self._file(file_id)
        if not name.strip():
            raise UsageError("The file needs a name.")
        self.library[file_id] = replace(file, name=name)
        return self.library[file_id]

    async def delete_file(self, file_id: int) -> None:
        await self._called("delete_file", Capability.DELETE)
        file = self._file(file_id)
        job = self._state.job
        if self._state.phase.is_printing and job is not None and job.file_id == file_id:
            raise WrongState(f"{file.name} is being printed: cancel that first.")
        del self.library[file_id], self.contents[file_id]

    async def check_file(self, file_id: int) -> FileCheck:
        await self._called("check_file", Capability.CHECK)
        file, lines = self._file(file_id), self.contents[file_id].splitlines()
        wrong = {
            b"M112": (Severity.REFUSE, "which a file may not send."),
            b"M500": (Severity.ASK, "which overwrites stored settings."),
        }
        findings = [
            Finding(wrong[line][0], "command", number, f"{line.decode()} {wrong[line][1]}")
            for number, line in enumerate(lines, 1)
            if line in wrong
        ]
        return FileCheck(file.name, len(lines), file.size, in_order(findings))

    async def print_file(self, file_id: int, *, confirmed: bool = False) -> None:
        await self._called("print_file", Capability.PRINT)
        file = self._file(file_id)
        self._idle("print")
        lines = self.contents[file_id].splitlines()
        for number, line in enumerate(lines, 1):
            if b"M112" in line:
                raise FileRefused(f"{file.name} line {number} is M112, which a file may not send.")
            if b"M500" in line and not confirmed:
                raise NeedsConfirmation(f"Line {number} is M500, which overwrites stored settings.")
        job = Job(
            file.name,
            file_id,
            lines=len(lines),
            bytes=file.size,
            left_s=float(len(lines)),
            commands=len(lines),
        )
        self.report(events.PhaseChanged(Phase.STARTING))
        self.report(events.JobChanged(job))
        self.report(events.PhaseChanged(Phase.EXECUTING))
        self.say(f"Printing {file.name}.")

    async def select_file(self, file_id: int) -> None:
        await self._called("select_file", Capability.SELECT)
        self._idle("select a file")
        file = self._file(file_id)
        self.selected_id = file_id
        time_s = file.print_time_sec or None
        self.report(events.FileSelected(SelectedFile(file.path, file.size, time_s)))

    async def start_selected(self, *, confirmed: bool = False) -> None:
        await self._called("start_selected", Capability.SELECT)
        if self.selected_id is None:
            raise WrongState("No file is selected.")
        await self.print_file(self.selected_id, confirmed=confirmed)
