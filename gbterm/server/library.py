"""The file library: payloads as files, records in SQLite, one for all hosts of a user.

Several servers use it at once, so nothing is remembered between calls. A file is in the library
from the moment that its record is written.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gbterm import __version__, wire
from gbterm.errors import ConfigError, NoSuchFile, UsageError
from gbterm.files import FileDetails, GcodeFile, nozzles_named
from gbterm.findings import FileCheck, Measures
from gbterm.gcode.estimate import read_timetable
from gbterm.gcode.inspection import inspect_file
from gbterm.gcode.layers import Layer
from gbterm.gcode.metadata import Metadata, read_metadata
from gbterm.server import layer_records
from gbterm.server.payloads import Draft, Payload, full_disk_told, new_draft, sweep, sync_directory
from gbterm.server.schema import TooNew, migrate, opened
from gbterm.server.timetables import Timetables, limits_of
from gbterm.text import scrub

LONGEST_NAME = 200
BLANK = GcodeFile(0, "", 0, "")

_COLUMNS = tuple(field.name for field in fields(GcodeFile) if field.name != "folder")


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a file of the library lies; `sha256` in hexadecimal."""

    path: Path
    sha256: str


class Library:
    """The library in the folder `root`, made where it is missing. Its methods block."""

    def __init__(self, root: Path) -> None:
        """Raises `ConfigError` where `root` can't be used."""
        self.root = root
        self._payloads, self.database = root / "gcode", root / "library.sqlite"
        try:
            self._payloads.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prepare()
            self.sweep()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"The file library {root} can't be used: {error}.") from error

    def put(self, chunks: Iterable[bytes], name: str, like: GcodeFile = BLANK) -> GcodeFile:
        """Store a file with the print fields of `like`; those it lacks come from the file itself.

        Raises `FileRefused` where it is no G-code, `WrongState` where the disk is full.
        """
        name = file_name(name)
        draft = self.begin()
        try:
            for chunk in chunks:
                draft.write(chunk)
            return self.adopt(draft.finish(), name, like)
        finally:
            self.end(draft)

    def begin(self) -> Draft:
        """A new file; `end` it, whatever comes of it."""
        with full_disk_told():
            return new_draft(self._payloads)

    def adopt(self, payload: Payload, name: str, like: GcodeFile = BLANK) -> GcodeFile:
        """Read a draft that is finished and not yet ended, and write its record.

        Errors as in `put`.
        """
        name = file_name(name)
        metadata = read_metadata(self._payloads / payload.name, name)
        uploaded = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")
        file = replace(_filled(like, metadata), name=name, size=payload.size, uploaded=uploaded)
        with full_disk_told():
            sync_directory(self._payloads)
            return self._insert(file, payload, layer_records.packed(metadata.layers))

    def end(self, draft: Draft) -> None:
        """Let go of a draft, and remove it where it did not become a file of the library."""
        try:
            if not self._is_named(draft.path.name):
                draft.path.unlink(missing_ok=True)
        finally:
            draft.close()

    def sweep(self) -> None:
        """Remove what was left by processes that ended before they had stored a file."""
        sweep(self._payloads, self._is_named)

    def list(self) -> list[GcodeFile]:
        """All files, newest first."""
        with opened(self.database) as database:
            sql = f"SELECT {', '.join(_COLUMNS)} FROM gcode_files ORDER BY id DESC"
            return [_file(row) for row in database.execute(sql)]

    def get(self, file_id: int) -> GcodeFile:
        """One record. Raises `NoSuchFile`."""
        return _file(self._row(file_id, _COLUMNS))

    def stored(self, file_id: int) -> Stored:
        """Where the payload lies, absolutely. Raises `NoSuchFile`."""
        payload, sha256 = self._row(file_id, ("payload", "sha256"))
        return Stored((self._payloads / payload).absolute(), sha256)

    def uploaded_as(self, stem: str) -> GcodeFile | None:
        """The record of the file whose draft had this name, without its suffix."""
        with opened(self.database) as database:
            sql = f"SELECT {', '.join(_COLUMNS)} FROM gcode_files WHERE payload = ?"
            row = database.execute(sql, (f"{stem}.gcode",)).fetchone()
        return None if row is None else _file(row)

    def free_bytes(self) -> int:
        """What the disk still takes of payloads."""
        disk = os.statvfs(self._payloads)
        return disk.f_bavail * disk.f_frsize

    def rename(self, file_id: int, name: str) -> GcodeFile:
        """Give a file another name. Raises `NoSuchFile` and `UsageError`."""
        name = file_name(name)
        file = self.get(file_id)
        with full_disk_told(), opened(self.database) as database, database:
            database.execute("UPDATE gcode_files SET name = ? WHERE id = ?", (name, file_id))
        return replace(file, name=name)

    def layers(self, file_id: int, first: int, most: int) -> tuple[int, tuple[Layer, ...]] | None:
        """How many layers a file has, and `most` of them from number `first` on.

        None where an older server added it and nobody has called `find_layers`. Raises
        `NoSuchFile`.
        """
        count, records = self._row(file_id, layer_records.columns("layers", first, most))
        return None if count is None else (count, layer_records.unpacked(records))

    def find_layers(self, file_id: int) -> None:
        """Read a file for its layers. Raises `NoSuchFile` and `FileRefused`."""
        layers = layer_records.packed(read_metadata(self.stored(file_id).path).layers)
        with full_disk_told(), opened(self.database) as database, database:
            sql = "UPDATE gcode_files SET layers = ? WHERE id = ?"
            database.execute(sql, (layers, file_id))

    def known_check(self, file_id: int, measures: Measures) -> FileCheck | None:
        """What came of the last look at a file; None where it was for other measures.

        Raises `NoSuchFile`.
        """
        (text,) = self._row(file_id, ("checked",))
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            kept = json.loads(text or "{}")
            if kept["by"] == _by(measures):
                return wire.from_json(FileCheck, kept["check"])
        return None

    def check(self, file_id: int, measures: Measures) -> FileCheck:
        """Look at a file, and keep what comes of it. Raises `NoSuchFile` and `FileRefused`."""
        check = inspect_file(self.stored(file_id).path, measures, self.get(file_id).name)
        kept = json.dumps({"by": _by(measures), "check": wire.to_json(check)})
        with full_disk_told(), opened(self.database) as database, database:
            database.execute("UPDATE gcode_files SET checked = ? WHERE id = ?", (kept, file_id))
        return check

    def work_out(self, file_id: int, board: str) -> None:
        """Read a file for how long it takes on a board. Raises `NoSuchFile` and `FileRefused`."""
        timetable = read_timetable(self.stored(file_id).path, limits_of(board))
        with full_disk_told():
            Timetables(self.database).keep(file_id, board, timetable)

    def delete(self, file_id: int) -> None:
        """Delete a record and its payload. Raises `NoSuchFile`."""
        path = self.stored(file_id).path
        with full_disk_told(), opened(self.database) as database, database:
            database.execute("DELETE FROM gcode_files WHERE id = ?", (file_id,))
            database.execute("DELETE FROM timetables WHERE file_id = ?", (file_id,))
        path.unlink(missing_ok=True)

    def _row(self, file_id: int, columns: tuple[str, ...]) -> tuple[Any, ...]:
        if abs(file_id) < 1 << 63:
            with opened(self.database) as database:
                sql = f"SELECT {', '.join(columns)} FROM gcode_files WHERE id = ?"
                row: tuple[Any, ...] | None = database.execute(sql, (file_id,)).fetchone()
            if row is not None:
                return row
        raise NoSuchFile(f"The library holds no file {file_id}.")

    def _is_named(self, payload: str) -> bool:
        with opened(self.database) as database:
            sql = "SELECT 1 FROM gcode_files WHERE payload = ?"
            return database.execute(sql, (payload,)).fetchone() is not None

    def _insert(self, file: GcodeFile, payload: Payload, layers: bytes) -> GcodeFile:
        values = {name: getattr(file, name) for name in _COLUMNS if name != "id"}
        values["details"] = json.dumps(wire.to_json(file.details))
        values |= {"payload": payload.name, "sha256": payload.sha256, "layers": layers}
        with opened(self.database) as database, database:
            cursor = database.execute(
                f"INSERT INTO gcode_files ({', '.join(values)}) "
                f"VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )
            return replace(file, id=cursor.lastrowid or 0)

    def _prepare(self) -> None:
        # SQLite refuses at once where two processes change the journal's mode together.
        with (self.root / "library.lock").open("ab") as lock, opened(self.database) as database:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # It says who did what; what SQLite puts beside it has the same mode.
            self.database.touch(mode=0o600)
            if self.database.stat().st_mode & 0o077:
                self.database.chmod(0o600)
            database.execute("PRAGMA journal_mode = WAL")
            try:
                migrate(database)
            except TooNew:
                raise ConfigError(
                    f"The file library {self.root} was made by a newer gbterm: update this one."
                ) from None


def _by(measures: Measures) -> list[Any]:
    """What a look is told apart by: its measures, and who looked."""
    return [__version__, wire.to_json(measures)]


def file_name(name: str) -> str:
    """`name` without folders and control characters. Raises `UsageError` where nothing is left."""
    clean = scrub(re.split(r"[/\\]", name)[-1]).strip()[:LONGEST_NAME]
    if clean in ("", ".", ".."):
        raise UsageError("The file needs a name.")
    return clean


def _file(row: tuple[Any, ...]) -> GcodeFile:
    file, details = GcodeFile(*row), FileDetails()
    with suppress(ValueError, TypeError, AttributeError):
        details = wire.from_json(FileDetails, json.loads(row[_COLUMNS.index("details")]))
    return replace(file, details=details)


def _filled(file: GcodeFile, metadata: Metadata) -> GcodeFile:
    """`file` with what the uploader left out, as far as the file itself says it."""
    details = metadata.details
    height = details.layer_height_mm
    return replace(
        file,
        print_material=file.print_material or details.material,
        print_quality=file.print_quality or details.quality or (f"{height:g} mm" if height else ""),
        print_extruders=file.print_extruders or nozzles_named(details.tools),
        print_time_sec=file.print_time_sec or round(details.time_s or 0),
        print_filament_mm=file.print_filament_mm or round(details.filament_mm or 0),
        print_material_gm=file.print_material_gm or round(details.filament_g or 0),
        thumbnail_png_base64=file.thumbnail_png_base64 or metadata.thumbnail_png_base64,
        details=details,
    )
