"""What an OpenGB server keeps beside its printer: files, history, presets, macros and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.audit import AuditEntry, Question
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.opengb import card, pieces, plain_file, records
from gbterm.backends.opengb.card import CardFolder
from gbterm.backends.opengb.cautious import Cautious
from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.download import get_in_pieces
from gbterm.backends.opengb.peer import ANSWER_S, Peer
from gbterm.backends.opengb.upload import UPLOAD_S, put_file
from gbterm.backends.server_side import Progress
from gbterm.board_settings import BoardSettings, Difference, SettingsCopy
from gbterm.errors import NotSupported
from gbterm.files import SD, DiskUse, FileLayers, GcodeFile, LayerGeometry
from gbterm.findings import FileCheck
from gbterm.jobs import JobRecord
from gbterm.temperatures import Sample
from gbterm.text import scrubbed

GCODE_S = 660.0
"""Longer than the server waits for the printer, so that it says itself what it waited for."""
PROBE_S = 3660.0
"""The same of a bed of many points."""
TUNE_S = 4 * 3600.0 + 60.0
"""The same of a bed that is tuned."""
LAYERS_S = 120.0
"""A large file that an older server stored is read whole first."""


class Serving(Backend):
    """Asks for them over `_peer`."""

    _peer: Peer
    _open: Open
    _cautious: Cautious
    _card: CardFolder
    _methods: frozenset[str]
    """What the server says that it takes."""

    @property
    def host_version(self) -> str:
        return self._peer.version

    async def presets(self) -> list[Preset]:
        self.require(Capability.ACTIONS, "tell of presets")
        return records.values(Preset, await self._peer.call("get_presets"), "presets")

    async def apply_preset(
        self, name: str, nozzle: int | None = None, *, confirmed: bool = False
    ) -> None:
        self.require(Capability.ACTIONS, "apply presets")
        given: dict[str, Any] = {"name": name}
        if nozzle is not None:
            given["nozzle"] = nozzle + 1
        if confirmed:
            given["confirmed"] = True
        await self._peer.call("apply_preset", given)

    async def macros(self) -> list[Macro]:
        self.require(Capability.ACTIONS, "tell of macros")
        return records.values(Macro, await self._peer.call("get_macros"), "macros")

    async def run_macro(self, name: str, *, confirmed: bool = False) -> list[Reply]:
        self.require(Capability.ACTIONS, "run macros")
        params = {"name": name, "confirmed": confirmed}
        answer = await self._peer.call("run_macro", params, GCODE_S)
        return [records.reply(record) for record in records.listed(answer, "replies")]

    async def commands(self) -> list[HostCommand]:
        self.require(Capability.ACTIONS, "tell of commands")
        return records.values(HostCommand, await self._peer.call("get_commands"), "commands")

    async def run_command(self, name: str, *, confirmed: bool = False) -> CommandResult:
        self.require(Capability.ACTIONS, "run commands")
        params = {"name": name, "confirmed": confirmed}
        return records.command_result(await self._peer.call("run_command", params, GCODE_S))

    async def history(
        self,
        *,
        before: str | float | None = None,
        most: int = 50,
        search: str = "",
        outcome: str = "",
        since: float | None = None,
    ) -> list[JobRecord]:
        self.require(Capability.HISTORY, "tell of prints of the past")
        # An older server knows only the first three.
        params = {"most": most, "search": search, "before": before}
        params |= {"outcome": outcome or None, "since": since}
        given = {name: value for name, value in params.items() if value is not None}
        answer = await self._peer.call("get_job_history", given)
        return records.values(JobRecord, answer, "jobs")

    async def audit_trail(self, question: Question, most: int = 50) -> list[AuditEntry]:
        self.require(Capability.AUDIT, "tell who did what")
        given = {name: value for name, value in asdict(question).items() if value}
        told = await self._peer.call("get_audit", given | {"most": most})
        return records.values(AuditEntry, told, "entries")

    async def settings_copies(self) -> list[SettingsCopy]:
        self.require(Capability.SETTINGS_COPIES, "keep copies of settings")
        return records.values(SettingsCopy, await self._peer.call("get_settings_copies"), "copies")

    async def save_settings_copy(self, name: str, *, confirmed: bool = False) -> SettingsCopy:
        self.require(Capability.SETTINGS_COPIES, "keep copies of settings")
        given = {"name": name, "confirmed": confirmed}
        return records.settings_copy(await self._peer.call("save_settings_copy", given, GCODE_S))

    async def compare_settings_copy(self, name: str) -> list[Difference]:
        self.require(Capability.SETTINGS_COPIES, "keep copies of settings")
        answer = await self._peer.call("compare_settings_copy", {"name": name}, GCODE_S)
        return records.values(Difference, scrubbed(answer), "differences")

    async def restore_settings_copy(
        self, name: str, only: Sequence[str] | None = None, *, confirmed: bool = False
    ) -> BoardSettings:
        self.require(Capability.SETTINGS_COPIES, "keep copies of settings")
        given = {"name": name, "confirmed": confirmed}
        some = {} if only is None else {"only": list(only)}
        answer = await self._peer.call("restore_settings_copy", given | some, GCODE_S)
        return records.board_settings(answer)

    async def delete_settings_copy(self, name: str) -> None:
        self.require(Capability.SETTINGS_COPIES, "keep copies of settings")
        await self._peer.call("delete_settings_copy", {"name": name})

    async def temperature_history(self) -> list[Sample]:
        self.require(Capability.TEMPERATURE_HISTORY, "tell the temperatures of the last hour")
        return records.samples(await self._peer.call("get_temperature_history"))

    async def counters(self) -> dict[str, int]:
        self.require(Capability.COUNTERS, "tell of its counters")
        return records.counters(await self._peer.call("get_counters"))

    async def disks(self) -> dict[str, DiskUse]:
        self.require(Capability.DISKS, "tell of its disks")
        return records.disks(await self._peer.call("get_filesystem_utilization"))

    async def files(self) -> list[GcodeFile]:
        self.require(Capability.FILES, "list files")
        result = await self._peer.call("get_gcode_files")
        files = [records.file(record) for record in records.listed(result, "gcode_files")]
        files.sort(key=lambda file: (file.uploaded, file.id), reverse=True)
        return files + await self._card.files() if Capability.CARD in self.capabilities else files

    async def folders(self) -> list[str]:
        """The server has none of its own."""
        self.require(Capability.CARD, "have folders")
        return list(self._card.folders)

    async def file(self, file_id: int) -> GcodeFile:
        self.require(Capability.FILES, "tell of files")
        if card.is_number(file_id):
            return await self._card.file(file_id)
        return records.file(await self._ask("get_gcode_file", {"id": file_id}))

    async def upload(
        self, path: Path, progress: Progress | None = None, folder: str = ""
    ) -> GcodeFile:
        """Over a connection of its own, so that a pause or a stop need not wait for it."""
        self.require(Capability.UPLOAD, "take files")
        if folder == SD:
            self.require(Capability.CARD, "write to a card")
        elif folder:
            self.require(Capability.FOLDERS, "put files into folders")
        stored = await self._put(path, None if folder else progress)
        return await self._card.write(stored.id, progress) if folder else stored

    async def _put(self, path: Path, progress: Progress | None) -> GcodeFile:
        if pieces.BEGIN in self._methods:
            return records.file(await pieces.put_in_pieces(self._open, path, progress))
        put = plain_file.put if self._peer.is_plain else put_file
        return records.file(await put(self._open, path, progress))

    async def download_file(
        self,
        file_id: int,
        path: Path,
        progress: Progress | None = None,
        *,
        confirmed: bool = False,
    ) -> None:
        """Over a connection of its own, as an upload."""
        self.require(Capability.DOWNLOAD, "hand out files")
        self._refuse_card(file_id, "hand out")
        get = plain_file.download if self._peer.is_plain else get_in_pieces
        await get(self._open, file_id, path, progress, replaces=confirmed)

    async def rename_file(self, file_id: int, name: str) -> GcodeFile:
        self.require(Capability.RENAME, "rename files")
        self._refuse_card(file_id, "rename")
        params = {"id": file_id, "name": name}
        return records.file(await self._peer.call("rename_gcode_file", params))

    async def move_file(self, file_id: int, folder: str) -> GcodeFile:
        self._refuse_card(file_id, "move")
        return await super().move_file(file_id, folder)

    async def copy_file(self, file_id: int, folder: str, name: str = "") -> GcodeFile:
        """Onto the card alone; a server has no folders."""
        self._refuse_card(file_id, "copy")
        if folder != SD:
            return await super().copy_file(file_id, folder, name)
        self.require(Capability.CARD, "write to a card")
        return await self._card.write(file_id, None)

    async def delete_file(self, file_id: int) -> None:
        self.require(Capability.DELETE, "delete files")
        if card.is_number(file_id):
            await self._card.delete(file_id)
            return
        await self._ask("delete_gcode_file", {"id": file_id})

    async def layers(self, file_id: int, first: int = 1) -> FileLayers:
        self.require(Capability.LAYERS, "tell the layers of files")
        self._refuse_card(file_id, "look into")
        params = {"id": file_id, "first": first}
        return records.file_layers(await self._peer.call("get_layers", params, LAYERS_S))

    async def layer_geometry(
        self, file_id: int, layer: int, most: int | None = None
    ) -> LayerGeometry:
        self.require(Capability.LAYERS, "tell the layers of files")
        params = {"id": file_id, "layer": layer} | ({} if most is None else {"most": most})
        return records.layer_geometry(await self._peer.call("get_layer_geometry", params, LAYERS_S))

    async def check_file(self, file_id: int) -> FileCheck:
        self.require(Capability.CHECK, "look at files before it prints them")
        return records.file_check(
            await self._peer.call("check_gcode_file", {"id": file_id}, UPLOAD_S)
        )

    async def print_file(self, file_id: int, *, confirmed: bool = False) -> None:
        self.require(Capability.PRINT, "print files")
        if card.is_number(file_id):
            await self._card.print(file_id, confirmed=confirmed)
            return
        await self._ask("print_gcode_file", {"id": file_id, "confirmed": confirmed}, UPLOAD_S)

    def _refuse_card(self, file_id: int, what: str) -> None:
        if card.is_number(file_id):
            raise NotSupported(f"{self.name} can't {what} what lies on the printer's own card.")

    async def _ask(
        self, method: str, params: dict[str, Any] | None = None, timeout_s: float = ANSWER_S
    ) -> Any:
        """The result of `method`, where the server is plain in the way that it bears."""
        peer = self._cautious if self._peer.is_plain else self._peer
        return await peer.call(method, params or {}, timeout_s)
