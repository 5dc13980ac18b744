"""Who did what, in the library's database: one table for all printers. Blocking."""

from __future__ import annotations

import json
import pwd
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

from gbterm.audit import PRESS, STARTS, STOP, AuditEntry, Question
from gbterm.config import History
from gbterm.server.schema import opened

MOST = 500
"""In one answer."""
PATIENCE_S = 2.0
"""For a database that somebody else writes to."""
DAY_S = 86400.0

_COLUMNS = tuple(field.name for field in fields(AuditEntry))
_WRITTEN = tuple(name for name in _COLUMNS if name != "number")
_WHO = "key || char(10) || user || char(10) || address || char(10) || actor"
_WHAT = f"{_WHO} || char(10) || method || char(10) || params || char(10) || reason"


class AuditStore:
    """The entries for `printer` in a `database` that the library has prepared."""

    def __init__(self, database: Path, printer: str, kept: History) -> None:
        self._database, self._printer, self._kept = database, printer, kept

    def add(self, entries: Iterable[AuditEntry], now: float) -> None:
        """Keep `entries`, and let go of what is too old or too much. Raises `sqlite3.Error`."""
        columns, places = ", ".join(("printer", *_WRITTEN)), ", ".join("?" * (len(_WRITTEN) + 1))
        insert = f"INSERT INTO audit ({columns}) VALUES ({places})"
        with opened(self._database, PATIENCE_S) as database, database:
            for entry in entries:
                if not _is_known(database, entry):
                    database.execute(insert, (self._printer, *_row(entry)))
            most = "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?"
            database.execute(most, (self._kept.actions,))
            if self._kept.keep_days:
                oldest = now - self._kept.keep_days * DAY_S
                database.execute("DELETE FROM audit WHERE at < ?", (oldest,))

    def list(self, question: Question, most: int = MOST) -> list[AuditEntry]:
        """The newest first, `most` of them. Raises `sqlite3.Error`."""
        wanted = [("printer = ?", self._printer), *_conditions(question)]
        where = " AND ".join(condition for condition, _ in wanted)
        sql = f"SELECT {', '.join(_COLUMNS)} FROM audit WHERE {where} ORDER BY number DESC LIMIT ?"
        with opened(self._database, PATIENCE_S) as database:
            rows = database.execute(sql, (*(value for _, value in wanted), min(most, MOST)))
            return [_entry(row) for row in rows]

    def starter(self, job: str) -> str:
        """Who had the print of that key started; empty where it isn't known.

        Raises `sqlite3.Error`.
        """
        marks = ", ".join("?" * len(STARTS))
        sql = f"SELECT {', '.join(_COLUMNS)} FROM audit WHERE job = ? AND method IN ({marks})"
        with opened(self._database, PATIENCE_S) as database:
            row = database.execute(f"{sql} ORDER BY number", (job, *STARTS)).fetchone()
        return _entry(row).who if row else ""


def _is_known(database: sqlite3.Connection, entry: AuditEntry) -> bool:
    """Whether it is a stop that came by another way, too."""
    if entry.method != STOP or PRESS not in entry.params:
        return False
    sql = "SELECT 1 FROM audit WHERE method = ? AND params = ?"
    return database.execute(sql, (STOP, json.dumps(entry.params))).fetchone() is not None


def _conditions(question: Question) -> list[tuple[str, Any]]:
    """In SQL, each with its value."""
    asked: list[tuple[str, Any]] = [
        ("number < ?", question.before),
        ("at >= ?", question.since),
        ("at <= ?", question.until),
        (f"instr(lower({_WHAT}), lower(?)) > 0", question.search or None),
        (f"instr(lower({_WHO}), lower(?)) > 0", question.who or None),
    ]
    return [(condition, value) for condition, value in asked if value is not None]


def _row(entry: AuditEntry) -> tuple[Any, ...]:
    values = asdict(entry) | {"params": json.dumps(entry.params, ensure_ascii=False)}
    if entry.uid is not None:
        values["user"] = entry.user or _user(entry.uid)
    return tuple(values[name] for name in _WRITTEN)


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    values = dict(zip(_COLUMNS, row, strict=True))
    return AuditEntry(**values | {"params": json.loads(values["params"])})


@cache
def _user(uid: int) -> str:
    """What the user is called here; empty for one that nobody knows."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
