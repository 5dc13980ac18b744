"""The file library: payloads as files, records in SQLite, one for all hosts of a user.

Several servers use it at once, so nothing is remembered between calls. A file under way, and one
whose record isn't written yet, is held by a lock of its writer; one that nobody holds and no
record names was left by a crash, and goes at the next start.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from gbterm.errors import ConfigError, FileRefused, NoSuchFile, UsageError, WrongState
from gbterm.gcode.check import check_file
from gbterm.model import GcodeFile
from gbterm.text import scrub

SCHEMA_VERSION = 1
LONGEST_NAME = 200

_SCHEMA = """
CREATE TABLE gcode_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    uploaded TEXT NOT NULL,
    print_material TEXT NOT NULL,
    print_quality TEXT NOT NULL,
    print_extruders TEXT NOT NULL,
    print_time_sec INTEGER NOT NULL,
    print_filament_mm INTEGER NOT NULL,
    print_material_gm INTEGER NOT NULL,
    thumbnail_png_base64 TEXT NOT NULL,
    payload TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL
)
"""
_COLUMNS = tuple(field.name for field in fields(GcodeFile))
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
        self._payloads, self._database = root / "gcode", root / "library.sqlite"
        try:
            self._payloads.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prepare()
            self._sweep()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"The file library {root} can't be used: {error}.") from error

    def put(self, chunks: Iterable[bytes], name: str, like: GcodeFile | None = None) -> GcodeFile:
        """Store a file with the print fields of `like`.

        Raises `FileRefused` where it is no G-code, `WrongState` where the disk is full.
        """
        name = file_name(name)
        payload = f"{uuid.uuid4().hex}.gcode"
        path = self._payloads / payload
        with _full_disk_told(), self._new_file(path) as file:
            try:
                size, digest = _write(file, chunks)
                # Under its own name, so that a refusal names the file as the user does.
                _check(path, name)
                _sync_directory(self._payloads)
                return self._insert(name, size, payload, digest, like)
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    def list(self) -> list[GcodeFile]:
        """All files, newest first."""
        with self._open() as database:
            rows = database.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM gcode_files ORDER BY id DESC"
            )
            return [GcodeFile(*row) for row in rows]

    def get(self, file_id: int) -> GcodeFile:
        """One record. Raises `NoSuchFile`."""
        return GcodeFile(*self._row(file_id, _COLUMNS))

    def stored(self, file_id: int) -> Stored:
        """Where the payload lies, absolutely. Raises `NoSuchFile`."""
        payload, sha256 = self._row(file_id, ("payload", "sha256"))
        return Stored((self._payloads / payload).absolute(), sha256)

    def delete(self, file_id: int) -> None:
        """Delete a record and its payload. Raises `NoSuchFile`."""
        path = self.stored(file_id).path
        with _full_disk_told(), self._open() as database, database:
            database.execute("DELETE FROM gcode_files WHERE id = ?", (file_id,))
        path.unlink(missing_ok=True)

    def _row(self, file_id: int, columns: tuple[str, ...]) -> tuple[Any, ...]:
        if abs(file_id) < 1 << 63:
            with self._open() as database:
                sql = f"SELECT {', '.join(columns)} FROM gcode_files WHERE id = ?"
                row: tuple[Any, ...] | None = database.execute(sql, (file_id,)).fetchone()
            if row is not None:
                return row
        raise NoSuchFile(f"The library holds no file {file_id}.")

    def _insert(
        self, name: str, size: int, payload: str, digest: str, like: GcodeFile | None
    ) -> GcodeFile:
        uploaded = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")
        blank = like or GcodeFile(0, "", 0, "")
        record = replace(blank, name=name, size=size, uploaded=uploaded)
        values = {**asdict(record), "payload": payload, "sha256": digest}
        del values["id"]
        with self._open() as database, database:
            cursor = database.execute(
                f"INSERT INTO gcode_files ({', '.join(values)}) "
                f"VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )
            return replace(record, id=cursor.lastrowid or 0)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._database, timeout=10)) as database:
            yield database

    def _prepare(self) -> None:
        # SQLite refuses at once where two processes change the journal's mode together.
        with (self.root / "library.lock").open("ab") as lock, self._open() as database:
            fcntl.flock(lock, fcntl.LOCK_EX)
            database.execute("PRAGMA journal_mode = WAL")
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise ConfigError(
                    f"The file library {self.root} was made by a newer gbterm: update this one."
                )
            if version == 0:
                database.executescript(
                    f"BEGIN; {_SCHEMA}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
                )

    def _sweep(self) -> None:
        with self._open() as database:
            for path in self._payloads.iterdir():
                with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    sql = "SELECT 1 FROM gcode_files WHERE payload = ?"
                    if database.execute(sql, (path.name,)).fetchone() is None:
                        path.unlink()

    @contextmanager
    def _new_file(self, path: Path) -> Iterator[BinaryIO]:
        """A new file that no sweep takes away while it is open."""
        while True:
            with path.open("xb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if path.exists():  # else a sweep was quicker than our lock
                    yield file
                    return


def file_name(name: str) -> str:
    """`name` without folders and control characters. Raises `UsageError` where nothing is left."""
    clean = scrub(re.split(r"[/\\]", name)[-1]).strip()[:LONGEST_NAME]
    if clean in ("", ".", ".."):
        raise UsageError("The file needs a name.")
    return clean


def _write(file: BinaryIO, chunks: Iterable[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    file.flush()
    os.fsync(file.fileno())
    return size, digest.hexdigest()


def _check(path: Path, name: str) -> None:
    try:
        check_file(path, None)
    except FileRefused as error:
        raise FileRefused(str(error).replace(path.name, scrub(name, 60))) from None


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        full = getattr(error, "errno", None) in _FULL
        full = full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if not full:
            raise
        raise WrongState(
            "The disk is full, so the file was not stored: delete files or make room, then try "
            "again."
        ) from error
