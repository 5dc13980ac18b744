"""What a server adds to the printer that it serves: files, a history, presets, macros, commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.audit import AuditEntry, Question
from gbterm.board_settings import BoardSettings, Difference, SettingsCopy
from gbterm.errors import NotSupported
from gbterm.files import DiskUse, FileLayers, GcodeFile, LayerGeometry
from gbterm.findings import FileCheck
from gbterm.jobs import JobRecord
from gbterm.temperatures import Sample

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class ServerSide:
    """Each raises `NotSupported` where no server is."""

    name: str = "printer"
    """What a person calls it: a profile's name, a port or an address."""
    address: str = ""
    """Where it is reached, where a server is asked."""

    @property
    def host_version(self) -> str:
        """The version of gbterm that serves it; empty where that is unknown, or something else."""
        return ""

    async def presets(self) -> list[Preset]:
        """The targets that can be set by name."""
        raise NotSupported(f"{self.name} has no presets.")

    async def apply_preset(
        self, name: str, nozzle: int | None = None, *, confirmed: bool = False
    ) -> None:
        """Set the targets of a preset: of one nozzle by index from 0, or of all.

        Raises `UsageError` where there is none of that name, `NeedsConfirmation` where it takes
        heat from a print, unless `confirmed`, and what `set_temperature` raises.
        """
        raise NotSupported(f"{self.name} has no presets.")

    async def macros(self) -> list[Macro]:
        """The G-code that can be sent by name."""
        raise NotSupported(f"{self.name} has no macros.")

    async def run_macro(self, name: str, *, confirmed: bool = False) -> list[Reply]:
        """Send a macro and wait for what the board says to each of its commands.

        Raises `UsageError` where there is none of that name, `NeedsConfirmation` with its question
        unless `confirmed`, and what `send_gcode` raises.
        """
        raise NotSupported(f"{self.name} has no macros.")

    async def commands(self) -> list[HostCommand]:
        """The programs of the printer's host that can be run by name."""
        raise NotSupported(f"{self.name} has no commands.")

    async def run_command(self, name: str, *, confirmed: bool = False) -> CommandResult:
        """Run a program of the printer's host and wait for its end.

        Raises `UsageError` where there is none of that name, `NeedsConfirmation` with its question
        unless `confirmed`, `WrongState` during a print, and `CommandTimeout` where it was killed.
        """
        raise NotSupported(f"{self.name} has no commands.")

    async def history(
        self,
        *,
        before: str | float | None = None,
        most: int = 50,
        search: str = "",
        outcome: str = "",
        since: float | None = None,
    ) -> list[JobRecord]:
        """Prints that have ended, the newest first.

        `before` is the id of the last one known, or a Unix time; `search` is in the name, in the
        reason or in who started it; `outcome` is one of `OUTCOMES`, `since` a Unix time, from which
        on they ended. Raises `UsageError` for an id that is not known.
        """
        raise NotSupported(f"{self.name} has no history of prints.")

    async def audit_trail(self, question: Question, most: int = 50) -> list[AuditEntry]:
        """Who did what, the newest first.

        Raises `AuthenticationRefused` for a key without the scope `admin`.
        """
        raise NotSupported(f"{self.name} doesn't tell who did what.")

    async def settings_copies(self) -> list[SettingsCopy]:
        """The copies of the board's settings that were saved, the newest first."""
        raise NotSupported(f"{self.name} keeps no copies of settings.")

    async def save_settings_copy(self, name: str, *, confirmed: bool = False) -> SettingsCopy:
        """Save what the board goes by.

        Raises `UsageError` for what is no name, and `NeedsConfirmation` for one that is there.
        """
        raise NotSupported(f"{self.name} keeps no copies of settings.")

    async def compare_settings_copy(self, name: str) -> list[Difference]:
        """Where the board goes by something else than a copy. Raises `UsageError`."""
        raise NotSupported(f"{self.name} keeps no copies of settings.")

    async def restore_settings_copy(
        self, name: str, only: Sequence[str] | None = None, *, confirmed: bool = False
    ) -> BoardSettings:
        """Go by a copy again, or by some of its settings; nothing is stored by that.

        Raises `NeedsConfirmation` with what changes, unless `confirmed`, and what
        `set_board_settings` raises.
        """
        raise NotSupported(f"{self.name} keeps no copies of settings.")

    async def delete_settings_copy(self, name: str) -> None:
        """Delete a copy. Raises `UsageError`."""
        raise NotSupported(f"{self.name} keeps no copies of settings.")

    async def temperature_history(self) -> list[Sample]:
        """What the heaters were at in the last hour, by Unix times, oldest first; 600 at most."""
        raise NotSupported(f"{self.name} doesn't remember temperatures.")

    async def counters(self) -> dict[str, int]:
        """Minutes of use by OpenGB's names, as `printer_print_mins`; motors by axis and number."""
        raise NotSupported(f"{self.name} has no counters.")

    async def disks(self) -> dict[str, DiskUse]:
        """How full the disks of the printer's host are, by where they are mounted."""
        raise NotSupported(f"{self.name} doesn't tell of its disks.")

    async def files(self) -> list[GcodeFile]:
        """The library, newest first."""
        raise NotSupported(f"{self.name} has no file library.")

    async def file(self, file_id: int) -> GcodeFile:
        """One file of the library, with its picture. Raises `NoSuchFile`."""
        raise NotSupported(f"{self.name} has no file library.")

    async def files_json(self, file_id: int | None = None) -> Any:
        """What a server of another kind says itself of its files, or of one of them, as JSON.

        None where there is nothing beyond what `files` and `file` tell. Raises `NoSuchFile`.
        """
        del file_id
        return None

    async def upload(
        self, path: Path, progress: Progress | None = None, folder: str = ""
    ) -> GcodeFile:
        """Put a file from this machine's disk into the library, where that has folders into one.

        Raises `FileRefused`.
        """
        raise NotSupported(f"{self.name} has no file library.")

    async def download_file(
        self,
        file_id: int,
        path: Path,
        progress: Progress | None = None,
        *,
        confirmed: bool = False,
    ) -> None:
        """Put a file of the library on this machine's disk, whole or not at all.

        Raises `NoSuchFile`, `UsageError` where it can't be written, and `NeedsConfirmation` where
        there is a file at `path`, unless `confirmed`.
        """
        raise NotSupported(f"{self.name} hands out no files.")

    async def rename_file(self, file_id: int, name: str) -> GcodeFile:
        """Give a file another name; a print of it under way keeps the old one.

        Raises `NoSuchFile`, and `UsageError` for what is no name.
        """
        raise NotSupported(f"{self.name} can't rename files.")

    async def delete_file(self, file_id: int) -> None:
        """Delete a file of the library.

        Raises `NoSuchFile`, and `WrongState` while it prints, or where its name is another file's.
        """
        raise NotSupported(f"{self.name} has no file library.")

    async def folders(self) -> list[str]:
        """The paths of all folders, also of empty ones; as `GcodeFile.folder`."""
        raise NotSupported(f"{self.name} has no folders.")

    async def make_folder(self, path: str) -> None:
        """Make a folder. Raises `UsageError` for what is no name, or there already."""
        raise NotSupported(f"{self.name} has no folders.")

    async def move_file(self, file_id: int, folder: str) -> GcodeFile:
        """Put a file into another folder. Raises `NoSuchFile`, `UsageError`, `WrongState`."""
        raise NotSupported(f"{self.name} has no folders.")

    async def copy_file(self, file_id: int, folder: str, name: str = "") -> GcodeFile:
        """Copy a file into a folder, maybe under another name; raises as `move_file`."""
        raise NotSupported(f"{self.name} has no folders.")

    async def move_folder(self, path: str, to: str) -> None:
        """Give a folder another path, with all that is in it; raises as `move_file`."""
        raise NotSupported(f"{self.name} has no folders.")

    async def delete_folder(self, path: str, *, confirmed: bool = False) -> None:
        """Delete a folder with all that is in it.

        Raises `NeedsConfirmation` with what that is, unless `confirmed`, and `WrongState` while a
        file in it is printed.
        """
        raise NotSupported(f"{self.name} has no folders.")

    async def select_file(self, file_id: int) -> None:
        """Select a file, which `start_selected` prints. Raises `NoSuchFile`, `WrongState`."""
        raise NotSupported(f"{self.name} prints files by their names alone.")

    async def layers(self, file_id: int, first: int = 1) -> FileLayers:
        """The layers of a file of the library, 10,000 at most, from number `first` on.

        Raises `NoSuchFile`.
        """
        raise NotSupported(f"{self.name} doesn't tell the layers of files.")

    async def layer_geometry(
        self, file_id: int, layer: int, most: int | None = None
    ) -> LayerGeometry:
        """What one layer of a file draws, in `most` points at most, or as many as are usual.

        Raises `NoSuchFile`, and `OutOfRange` for a layer that the file hasn't.
        """
        raise NotSupported(f"{self.name} doesn't tell the layers of files.")

    async def check_file(self, file_id: int) -> FileCheck:
        """Look at a file of the library: what of it the printer can't do, or isn't meant to.

        Raises `NoSuchFile`, and `FileRefused` where it is no G-code.
        """
        raise NotSupported(f"{self.name} doesn't look at files before it prints them.")

    async def print_file(self, file_id: int, *, confirmed: bool = False) -> None:
        """Start printing a file of the library.

        Raises `FileRefused` where the file holds what may not be sent; `NeedsConfirmation` where
        it holds commands that the user has to agree to, unless `confirmed`; `WrongState`.
        """
        raise NotSupported(f"{self.name} has no file library.")
