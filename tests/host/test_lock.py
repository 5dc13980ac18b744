"""The locks that say who is alive, looked at by many while they are taken."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from pathlib import Path

import pytest

from gbterm import lock


def test_whoever_looks_does_not_keep_the_lock_from_its_taker(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    path.touch()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            lock.is_held(path)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(300):
            held = lock.take(path)
            assert held is not None
            held.release()
    finally:
        done.set()
        for looker in lookers:
            looker.join()


def test_who_is_stopped_while_it_looks_keeps_the_lock_from_nobody_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "TAKEN_WITHIN_S", 0.05)
    path = tmp_path / "x.lock"
    looker = os.open(path, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(looker, fcntl.LOCK_SH)
    waking = threading.Timer(0.5, os.close, [looker])
    waking.start()
    held = lock.take(path)
    waking.join()
    assert held is not None
    held.release()
    monkeypatch.setattr(lock, "LOOKED_AT_WITHIN_S", 0.2)
    looker = os.open(path, os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    assert lock.take(path) is None
    os.close(looker)


def test_a_held_lock_is_seen_and_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    held = lock.take(path)
    assert held is not None
    assert lock.is_held(path)
    assert lock.take(path) is None
    held.release()
    assert not lock.is_held(path)


def test_a_lock_whose_file_was_removed_is_held_anew(tmp_path: Path) -> None:
    path = tmp_path / "run" / "x.lock"
    path.parent.mkdir()
    held = lock.take(path)
    assert held is not None
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    assert not lock.is_held(path)
    assert held.keep()
    assert lock.is_held(path)
    held.release()


def test_a_lock_that_another_one_took_meanwhile_stays_theirs(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    held = lock.take(path)
    path.unlink()
    theirs = lock.take(path)
    assert held is not None
    assert theirs is not None
    assert not held.keep()
    theirs.release()
    assert held.keep()
    assert lock.is_held(path)
    held.release()
