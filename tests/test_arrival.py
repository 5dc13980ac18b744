"""Files that arrive piece by piece: whole, or not there."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
from pathlib import Path

import pytest

from gbterm.arrival import Arrival
from gbterm.errors import NeedsConfirmation, PrinterError, UsageError

NEW = b"new\n" * 100
SHA256 = hashlib.sha256(NEW).hexdigest()


def arrived(path: Path, *, replaces: bool = False, sha256: str = SHA256) -> None:
    arrival = Arrival(path, replaces=replaces)
    try:
        arrival.write(NEW)
        assert arrival.size == len(NEW)
        arrival.finish(sha256)
    finally:
        arrival.close()


def test_a_file_appears_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    arrival = Arrival(path)
    arrival.write(NEW)
    assert not path.exists()
    arrival.finish(SHA256)
    arrival.close()
    assert path.read_bytes() == NEW
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_given_up_leaves_nothing(tmp_path: Path) -> None:
    arrival = Arrival(tmp_path / "a.gcode")
    arrival.write(NEW)
    arrival.close()
    assert list(tmp_path.iterdir()) == []


def test_another_file_than_was_sent_is_none(tmp_path: Path) -> None:
    with pytest.raises(PrinterError, match="try again"):
        arrived(tmp_path / "a.gcode", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text("old")
    with pytest.raises(NeedsConfirmation, match=r"a\.gcode is there already"):
        arrived(path)
    assert path.read_text() == "old"
    arrived(path, replaces=True)
    assert path.read_bytes() == NEW
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    arrival = Arrival(path)
    arrival.write(NEW)
    path.write_text("another's")
    with pytest.raises(NeedsConfirmation):
        arrival.finish(SHA256)
    arrival.close()
    assert path.read_text() == "another's"
    assert list(tmp_path.iterdir()) == [path]


def test_where_there_are_no_hard_links_the_file_arrives_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    arrived(tmp_path / "a.gcode")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gcode"]


def test_a_link_that_leads_nowhere_counts_as_there(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(NeedsConfirmation):
        arrived(path)


def test_where_nothing_can_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written: No such file or directory"):
        arrived(tmp_path / "none" / "a.gcode")


def test_a_disk_without_room_is_a_sentence(tmp_path: Path) -> None:
    arrival = Arrival(tmp_path / "a.gcode")
    with pytest.raises(UsageError, match="No space left on device"):
        arrival.make_room(1 << 60)
    arrival.make_room(1)
    arrival.close()


def test_a_disk_that_fills_up_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    arrival = Arrival(tmp_path / "a.gcode")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(UsageError, match="can't be written"):
            arrival.write(bytes(100_000))
    finally:
        arrival.close()
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
