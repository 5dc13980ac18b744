"""The prints of the past in the library's database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.errors import UsageError
from gbterm.jobs import JobRecord
from gbterm.server.job_store import JobStore
from gbterm.server.library import Library


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Library(tmp_path).database


def records(*names: str) -> Iterator[JobRecord]:
    for number, name in enumerate(names, 1):
        reason = "The plug fell out." if name.startswith("bad") else ""
        yield JobRecord(
            *(f"id{number}", f"{name}.gcode", number, "ab" * 32, 100.0 * number),
            *(100.0 * number + 50, "failed" if reason else "finished", reason, 0.5, 45.5),
            *(60.0, 1200.5, 3.5, 2, 7),
        )


def names(found: list[JobRecord]) -> list[str]:
    return [record.name.removesuffix(".gcode") for record in found]


def test_what_goes_in_comes_out_newest_first(database: Path) -> None:
    store = JobStore(database, "ender")
    added = list(records("a", "b", "c"))
    for record in added:
        store.add(record)
    assert store.list() == added[::-1]
    assert JobStore(database, "other").list() == []


def test_a_print_is_remembered_once(database: Path) -> None:
    store = JobStore(database, "ender")
    (record,) = records("a")
    for _ in range(3):
        store.add(record)
    assert store.list() == [record]


def test_pages_go_on_from_a_print_or_a_time(database: Path) -> None:
    store = JobStore(database, "ender")
    for record in records(*"abcde"):
        store.add(record)
    first = store.list(most=2)
    assert names(first) == ["e", "d"]
    assert names(store.list(before=first[-1].id, most=2)) == ["c", "b"]
    assert names(store.list(before=250.0)) == ["a"]
    assert names(store.list(before=251)) == ["b", "a"]
    assert store.list(before="id1") == store.list(most=0) == []
    with pytest.raises(UsageError, match="holds no print 'nothing'"):
        store.list(before="nothing")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["b_c", "BAD bed", "bad box", "50% box"]),
        ("BOX", ["bad box", "50% box"]),
        ("%", ["50% box"]),
        ("_", ["b_c"]),
        ("plug fell", ["bad box"]),
        ("'; DROP TABLE jobs; --", []),
    ],
)
def test_names_and_reasons_are_searched_for_the_words_as_they_stand(
    database: Path, search: str, found: list[str]
) -> None:
    store = JobStore(database, "ender")
    for record in records("50% box", "bad box", "BAD bed", "b_c"):
        store.add(record)
    assert names(store.list(search=search)) == found


def test_the_oldest_go_when_there_are_too_many(database: Path) -> None:
    store = JobStore(database, "ender", kept=3)
    for record in records(*"abcdef"):
        store.add(record)
    assert names(store.list()) == ["f", "e", "d"]
