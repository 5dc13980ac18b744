"""Who did what, in the library's database: bounded, one for all printers, also in an old one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gbterm.audit import AuditEntry, Question
from gbterm.config import History
from gbterm.jobs import JobRecord
from gbterm.server.audit_store import AuditStore
from gbterm.server.job_store import JobStore
from gbterm.server.library import Library
from gbterm.server.schema import MIGRATIONS

NOW = 1.8e9
DAY = 86400
BEFORE_AUDIT = next(number for number, step in enumerate(MIGRATIONS) if "TABLE audit" in step)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Library(tmp_path).database


def entries(*beds: int, at: float = NOW) -> list[AuditEntry]:
    return [AuditEntry(at, "set_temp", key="panel", params={"bed": bed}) for bed in beds]


def beds(store: AuditStore) -> list[int]:
    return [entry.params["bed"] for entry in store.list(Question())]


def rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as opened:
        return int(opened.execute("SELECT count(*) FROM audit").fetchone()[0])


def test_many_calls_leave_as_many_rows_as_are_kept(database: Path) -> None:
    store = AuditStore(database, "ender", History(actions=500))
    for first in range(0, 20_000, 2_000):
        store.add(entries(*range(first, first + 2_000)), NOW)
        assert rows(database) <= 500
    assert beds(store) == list(range(19_999, 19_499, -1))
    assert database.stat().st_size < 4 << 20


def test_what_is_too_old_goes_unless_all_days_are_kept(database: Path) -> None:
    store = AuditStore(database, "ender", History(keep_days=30))
    store.add([*entries(1, at=NOW - 31 * DAY), *entries(2, at=NOW - 29 * DAY)], NOW)
    assert beds(store) == [2]
    store.add(entries(3), NOW + 3 * DAY)
    assert beds(store) == [3]
    for_ever = AuditStore(database, "ender", History(keep_days=0))
    for_ever.add(entries(4, at=0.0), NOW)
    assert beds(for_ever) == [4, 3]


def test_each_printer_has_its_own(database: Path) -> None:
    AuditStore(database, "ender", History()).add(entries(1), NOW)
    AuditStore(database, "mini", History()).add(entries(2), NOW)
    assert beds(AuditStore(database, "mini", History())) == [2]


def test_one_press_of_the_stop_that_came_two_ways_is_one_entry(database: Path) -> None:
    store = AuditStore(database, "ender", History())
    one = AuditEntry(NOW, "emergency_stop", uid=os.getuid(), params={"press": 7})
    store.add([one, AuditEntry(NOW, "emergency_stop", uid=1, params={"press": 8})], NOW)
    store.add([one], NOW)
    assert [entry.params["press"] for entry in store.list(Question())] == [8, 7]
    assert {entry.what for entry in store.list(Question())} == {"emergency_stop"}


def test_a_percent_sign_or_a_quote_is_searched_for_as_it_is(database: Path) -> None:
    store = AuditStore(database, "ender", History())
    store.add([AuditEntry(NOW, "print_gcode_file", params={"name": "100%_'.gcode"})], NOW)
    assert store.list(Question(search="0%_'"))
    assert not store.list(Question(search="1%0"))


def test_an_older_database_keeps_its_prints_and_takes_entries(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as old:
        for step in MIGRATIONS[:BEFORE_AUDIT]:
            old.executescript(step)
        old.execute(f"PRAGMA user_version = {BEFORE_AUDIT}")
        old.execute(
            "INSERT INTO jobs (printer, id, name, sha256, outcome, reason, fraction, printed_s,"
            " pauses, resends) VALUES ('ender', 'j', 'old.gcode', '', 'finished', '', 1, 60, 0, 0)"
        )
        old.commit()
    (tmp_path / "library.sqlite").chmod(0o644)
    database = Library(tmp_path).database
    assert database.stat().st_mode & 0o777 == 0o600
    (job,) = JobStore(database, "ender").list()
    assert job == JobRecord("j", "old.gcode", outcome="finished", fraction=1.0, printed_s=60.0)
    store = AuditStore(database, "ender", History())
    store.add(entries(1), NOW)
    assert beds(store) == [1]
