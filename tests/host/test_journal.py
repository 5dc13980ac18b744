"""The journal: what it says after any end, torn writes included."""

from __future__ import annotations

import errno
import json
import os
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.host import journal
from gbterm.host.journal import SLOT, Entry, Journal, read
from gbterm.jobs import Job
from gbterm.lost_print import Trail


def written(path: Path, *entries: Entry) -> bytes:
    """The file after `entries` were written one after the other."""
    for sequence, entry in enumerate(entries, 1):
        journal._write_slot(path, sequence, entry)
    return path.read_bytes()


def at_line(line: int) -> Entry:
    job = Job("box.gcode", 7, "/x/box.gcode", "ab" * 32, line, 2878, line * 20, 66_000, line * 0.5)
    return Entry(True, job, (210.0, 0.0), 60.0)


def test_the_newest_entry_is_read_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, at_line(1), at_line(2), at_line(3))
    assert read(path) == at_line(3)


def test_without_a_file_nothing_was_printed(tmp_path: Path) -> None:
    assert not read(tmp_path / "journal").active


def test_a_write_cut_short_anywhere_leaves_the_entry_before(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    before = written(path, at_line(1), at_line(2))
    after = written(path, at_line(1), at_line(2), at_line(3))
    place = SLOT  # The third entry goes over the first, in the second slot.
    size = len(after[place:].rstrip(b"\0"))
    for cut in range(size + 1):
        path.write_bytes(before[:place] + after[place : place + cut] + before[place + cut :])
        assert read(path) in (at_line(2), at_line(3))


def test_a_damaged_byte_anywhere_leaves_the_entry_before(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = written(path, at_line(1), at_line(2), at_line(3))
    size = len(whole[SLOT:].rstrip(b"\0"))
    for at in range(SLOT, SLOT + size + 2):
        bit = 1 << at % 8
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        # A checksum says the same in capitals.
        is_whole = bit == 0x20 and at < SLOT + 8
        assert read(path) in (at_line(2), *([at_line(3)] if is_whole else []))


def test_its_file_is_as_large_from_the_first_entry_on(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, at_line(1))
    first = path.stat()
    written(path, *(at_line(line) for line in range(2, 40)))
    last = path.stat()
    assert (first.st_size, first.st_blocks, first.st_ino) == (2 * SLOT, last.st_blocks, last.st_ino)
    assert last.st_size == 2 * SLOT


@pytest.mark.parametrize("junk", [b"", b"\0" * 2 * SLOT, b"\xff" * 2 * SLOT, b"0 0 {}"])
def test_junk_is_no_job(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(junk)
    assert not read(path).active


@pytest.mark.parametrize(
    "members",
    [{"job": 5}, {"active": True, "job": {}}, {"nozzle_targets": 5}, {"job": {"name": []}}],
)
def test_a_slot_that_another_version_wrote_is_no_job_or_a_whole_one(
    tmp_path: Path, members: dict[str, object]
) -> None:
    body = b"1 " + json.dumps(members).encode()
    (tmp_path / "journal").write_bytes(b"%08x %b" % (zlib.crc32(body), body))
    found = read(tmp_path / "journal")
    assert not (found.active and found.job)


def test_a_print_that_an_older_version_began_is_read(tmp_path: Path) -> None:
    job = {"name": "box.gcode", "file_id": 7, "sha256": "ab", "line": 3, "outcome": ""}
    body = b"1 " + json.dumps({"active": True, "job": job}).encode()
    (tmp_path / "journal").write_bytes(b"%08x %b" % (zlib.crc32(body), body))
    assert read(tmp_path / "journal").job == Job("box.gcode", 7, sha256="ab", line=3)


def test_a_path_longer_than_a_slot_keeps_the_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    job = Job(
        *("é" * 120, None, "/" + "é" * 4000, "ab" * 32, 77),
        byte=900,
        elapsed_s=5,
        reason="é" * 400,
    )
    entry = Entry(True, job)
    written(path, at_line(1), entry)
    assert path.stat().st_size == 2 * SLOT
    assert read(path).job == replace(job, name="é" * 100, path="", reason="é" * 100)


def test_a_burst_is_synced_once_and_its_last_entry_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, syncs, sync = tmp_path / "journal", 0, os.fdatasync

    def counted(descriptor: int) -> None:
        nonlocal syncs
        syncs += 1
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)
    monkeypatch.setattr(journal, "WRITE_EVERY_S", 60.0)
    book = Journal(path)
    for line in range(1, 200):
        book.put(at_line(line))
    while not syncs:
        time.sleep(0.001)
    for line in range(200, 400):
        book.put(at_line(line))
    book.close()
    assert read(path) == at_line(399)
    assert syncs == 2


def test_begin_end_and_error_of_a_job_are_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "WRITE_EVERY_S", 1e6)
    book = Journal(path := tmp_path / "journal")
    for line in (1, 2, 3):
        over = replace(at_line(line), active=False)
        for entry in (at_line(line), over, replace(over, error="It burns.")):
            book.put(entry)
            while read(path) != entry:
                time.sleep(0.001)
    book.close()


def test_a_disk_that_refuses_is_said_and_ends_nothing(tmp_path: Path) -> None:
    book = Journal(tmp_path / "missing" / "journal")
    book.put(at_line(1))
    book.close()
    assert "can't be written" in book.failure


def test_writes_that_a_full_disk_cuts_short_never_cost_the_entry_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tries, pwrite = tmp_path / "journal", 0, os.pwrite

    def write_a_part(descriptor: int, data: bytes, at: int) -> int:
        nonlocal tries
        tries += 1
        pwrite(descriptor, data[:40], at)
        raise OSError(errno.ENOSPC, "No space left on device")

    written(path, at_line(1), at_line(2))
    monkeypatch.setattr(journal, "WRITE_EVERY_S", 0.001)
    monkeypatch.setattr(os, "pwrite", write_a_part)
    book = Journal(path)
    book.put(at_line(3))
    while tries < 5:
        time.sleep(0.001)
    assert "No space left" in book.failure
    assert read(path) == at_line(2)
    monkeypatch.setattr(os, "pwrite", pwrite)
    book.put(at_line(4))
    book.close()
    assert read(path) == at_line(4)
    assert book.failure == ""


def test_the_first_entry_of_a_new_process_counts_for_more_than_all_before(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, *(at_line(line) for line in range(1, 8)))
    for line in (100, 101):
        book = Journal(path)
        book.put(at_line(line))
        book.close()
        assert read(path) == at_line(line)


def test_what_can_never_fit_is_cut_down_to_what_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    book = Journal(path)
    job = Job("\U0001f600" * 400, path="/x" * 3000, sha256="ab" * 32, line=77, lines=100)
    book.put(Entry(True, job, (210.5,) * 1000, 60))
    book.close()
    found = read(path)
    assert found.job is not None
    assert (found.active, found.job.line, found.job.sha256) == (True, 77, "ab" * 32)
    assert found.nozzle_targets == (210.5,) * 16


def test_a_board_that_says_rubbish_costs_neither_slot(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    rubbish = "\U0001f600" * 400
    job = replace(at_line(3).job or Job(""), name=rubbish, reason=rubbish, outcome="failed")
    entry = replace(at_line(3), job=job, error=rubbish, trail=Trail(70, 20, flows={0: 90.0}))
    written(path, at_line(1), at_line(2), entry)
    assert path.stat().st_size == 2 * SLOT
    found = read(path)
    assert found.job is not None
    assert (found.job.line, found.job.sha256, found.trail) == (3, "ab" * 32, entry.trail)
    assert found.error
    assert set(found.error) <= set(rubbish)


def test_what_fits_no_slot_leaves_the_entry_before(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, at_line(1), at_line(2))
    book = Journal(path)
    book.put(replace(at_line(3), stable_names={"/dev/tty": "x" * SLOT}))
    book.close()
    assert "can't be written" in book.failure
    assert read(path) == at_line(2)


def test_a_journal_whose_file_went_away_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "run" / "journal"
    path.parent.mkdir()
    book = Journal(path)
    book.put(at_line(5))
    while read(path) != at_line(5):
        time.sleep(0.01)
    path.unlink()
    book.write_anew()
    book.close()
    assert read(path) == at_line(5)
