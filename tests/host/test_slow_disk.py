"""A disk that takes its time, while the journal's own thread waits for it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm import events
from gbterm.backends.marlin.layers import NEVER
from gbterm.host import journal
from gbterm.host.noting import Noting
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

MOVES = [f"G1X{x % 60}F600" for x in range(400)]
SYNC_S = 10.0


class Disk:
    """Syncs nothing while it is stalled."""

    def __init__(self) -> None:
        self.asked, self._free = threading.Event(), threading.Event()
        self._free.set()
        self._sync = os.fdatasync

    def sync(self, descriptor: int) -> None:
        self.asked.set()
        assert self._free.wait(90)
        self._sync(descriptor)

    def stall(self) -> None:
        """From now on."""
        self._free.clear()
        self.asked.clear()

    def let_go(self) -> None:
        """Sync as quickly as ever."""
        self._free.set()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    monkeypatch.setattr(os, "fdatasync", disk.sync)
    yield disk
    disk.let_go()


def test_a_sync_of_ten_seconds_holds_up_neither_the_print_nor_a_stop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, disk: Disk
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    backend, path = house.backend, tmp_path / "j.gcode"
    path.write_text("\n".join(["G28", *MOVES]) + "\n")
    dry = []

    async def story() -> None:
        await backend.connect()
        noting = Noting(backend, journal.Entry())
        kept = journal.Journal(tmp_path / "journal", noting.written)
        backend.subscribe(lambda _event, state: kept.put(noting.entry(state)))
        await backend.start_job(path, path.name)
        await house.until(lambda: len(house.executed) > 60, 120)
        disk.stall()
        backend.report(events.PhaseChanged(Phase.EXECUTING, "looked at"))
        assert disk.asked.wait(90)
        began, before = house.loop.time(), len(house.executed)
        while house.loop.time() - began < SYNC_S:
            await asyncio.sleep(0.05)
            dry.append(not house.board.machine.planner.busy)
        assert len(house.executed) > before + 20
        assert not any(dry)
        asked_at = house.loop.time()
        report = await backend.emergency_stop()
        assert report.confirmed
        assert house.loop.time() - asked_at < 0.25
        disk.let_go()
        kept.close()

    house.run(story())


class Late:
    """A journal whose entries are on the disk after `disk_s` each, one after the other; it takes
    the newest then."""

    def __init__(self, house: VirtualHouse, disk_s: float) -> None:
        self.disk_s = disk_s
        self._house, self._noting = house, Noting(house.backend, journal.Entry())
        self._next: journal.Entry | None = None
        self._is_busy = False
        house.backend.subscribe(lambda _event, state: self._put(self._noting.entry(state)))

    def _put(self, entry: journal.Entry) -> None:
        self._next = entry
        if not self._is_busy:
            self._is_busy = True
            self._house.loop.call_later(self.disk_s, self._written, entry)

    def _written(self, entry: journal.Entry) -> None:
        self._is_busy = False
        self._noting.written(entry)
        if self._next is not None and self._next is not entry:
            self._put(self._next)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> VirtualHouse:
    """Of a print of many short moves, which a board of 100 lines/s has for a while."""
    (tmp_path / "j.gcode").write_text("\n".join(["G28", "G1 F3000", *SHORT]) + "\n")
    return VirtualHouse(monkeypatch, "default")


SHORT = [f"G1 X{x % 100}" for x in range(9000)]


def test_a_process_that_stood_still_counts_on_the_journal_again(
    house: VirtualHouse, tmp_path: Path
) -> None:
    """What goes on unnoted may be more than a lost print would be said to have printed."""

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        late = Late(house, 0.1)
        await backend.start_job(tmp_path / "j.gcode", "j.gcode")
        await house.until(lambda: len(house.executed) > 500, 120)
        assert backend.core.noted < NEVER
        late.disk_s = 5.0
        await asyncio.sleep(3)
        house.stand_still(14.0)
        await asyncio.sleep(12)
        assert backend.core.last_sent <= backend.core.noted < NEVER

    house.run(story())


@pytest.mark.parametrize("disk_s", [8.0, 12.0, 30.0])
def test_a_disk_that_is_always_too_slow_starves_no_planner(
    house: VirtualHouse, tmp_path: Path, disk_s: float
) -> None:
    dry = []

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        Late(house, disk_s)
        await backend.start_job(tmp_path / "j.gcode", "j.gcode")
        await house.until(lambda: len(house.executed) > 50, 120)
        while len(house.executed) < 8000:
            await asyncio.sleep(0.1)
            dry.append(not house.board.machine.planner.busy)
        await backend.emergency_stop()

    house.run(story())
    assert not any(dry)
