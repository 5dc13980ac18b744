"""The file library's database: its tables, version by version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

MIGRATIONS = (
    """
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
    """,
    # With a default, so that an older server that still runs can go on adding files.
    "ALTER TABLE gcode_files ADD COLUMN details TEXT NOT NULL DEFAULT '{}'",
    """
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        printer TEXT NOT NULL,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        file_id INTEGER,
        sha256 TEXT NOT NULL,
        started_at REAL,
        ended_at REAL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        fraction REAL NOT NULL,
        printed_s REAL NOT NULL,
        estimate_s REAL,
        filament_mm REAL,
        filament_g REAL,
        pauses INTEGER NOT NULL,
        resends INTEGER NOT NULL
    );
    CREATE INDEX jobs_of_a_printer ON jobs (printer, number)
    """,
    # NULL until somebody asks for them, where the file was added by an older server.
    "ALTER TABLE gcode_files ADD COLUMN layers BLOB",
    """
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        printer TEXT NOT NULL,
        at REAL NOT NULL,
        method TEXT NOT NULL,
        actor TEXT NOT NULL,
        key TEXT NOT NULL,
        uid INTEGER,
        user TEXT NOT NULL,
        address TEXT NOT NULL,
        client TEXT NOT NULL,
        params TEXT NOT NULL,
        job TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        times INTEGER NOT NULL
    );
    CREATE INDEX audit_of_a_printer ON audit (printer, number);
    CREATE INDEX audit_by_time ON audit (at)
    """,
    """
    ALTER TABLE jobs ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
    ALTER TABLE jobs ADD COLUMN resumes TEXT NOT NULL DEFAULT '';
    ALTER TABLE jobs ADD COLUMN on_card INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX audit_of_a_job ON audit (job)
    """,
    # What came of looking at it; NULL until somebody did.
    "ALTER TABLE gcode_files ADD COLUMN checked TEXT",
    """
    CREATE TABLE timetables (
        file_id INTEGER NOT NULL,
        board TEXT NOT NULL,
        moves_s REAL NOT NULL,
        waits_s REAL NOT NULL,
        points BLOB NOT NULL,
        PRIMARY KEY (file_id, board)
    );
    ALTER TABLE jobs ADD COLUMN pace REAL
    """,
)
"""Each leads from the version before to its own; none is ever changed."""

SCHEMA_VERSION = len(MIGRATIONS)


class TooNew(Exception):
    """A newer gbterm made this database."""


@contextmanager
def opened(path: Path, patience_s: float = 10.0) -> Iterator[sqlite3.Connection]:
    """The database, for a while; others may use it at the same time, and are waited for so long."""
    with closing(sqlite3.connect(path, timeout=patience_s)) as database:
        yield database


def migrate(database: sqlite3.Connection) -> None:
    """Bring `database` to this version, each step whole or not at all. Raises `TooNew`."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise TooNew
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        database.executescript(f"BEGIN; {step}; PRAGMA user_version = {number}; COMMIT")
