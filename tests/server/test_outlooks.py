"""When a print is done: told by the server, which reads its file, and by this printer's past."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.opengb.channel import Channel
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import CommandTimeout, LinkError, NotSupported
from gbterm.jobs import Job
from gbterm.model import PrinterState
from gbterm.server import outlooks
from gbterm.server.job_store import JobStore
from gbterm.server.library import BLANK, Library
from gbterm.server.outlooks import Outlooks
from gbterm.server.workers import LARGE, Workers
from tests.endtoend.house import GENEROUS_S
from tests.server.live import Live, built
from tests.server.running import Caller, until, workers

WRONG = "; estimated printing time (normal mode) = 9h 0m 0s\n"
BACK_AND_FORTH = "G28\nG90\n" + "G1 X10 F6000\nG1 X110\n" * 25
LONG = "G28\nG90\n" + "G1 X10 F600\nG1 X100\n" * 2000


@pytest.fixture
def live() -> Iterator[Live]:
    # No clock of ours is much quicker than a board's: such a past counts for nothing.
    with built("--speed", "8") as live:
        yield live


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        await client.result("hello")
        yield client


Found = dict[str, Any]


async def asked_until(client: Caller, method: str, is_so: Callable[[Found], object]) -> Found:
    """What the server says to a question once that is as it should be."""
    deadline = time.monotonic() + GENEROUS_S
    while True:
        told: Found = await client.result(method)
        if is_so(told):
            return told
        assert time.monotonic() < deadline, told
        await asyncio.sleep(0.05)


def is_worked_out(told: Found) -> bool:
    return all(file["details"]["estimate_s"] for file in told["gcode_files"])


async def test_a_file_tells_how_long_it_takes_here_whatever_its_slicer_says(
    live: Live, client: Caller
) -> None:
    sent = {"name": "box.gcode", "payload": WRONG + BACK_AND_FORTH}
    await client.result("put_gcode_file", sent)
    (file,) = (await asked_until(client, "get_gcode_files", is_worked_out))["gcode_files"]
    details = file["details"]
    # 50 moves of 100 mm at 100 mm/s, and homing.
    assert 50 < details["estimate_s"] < 90
    assert details["estimate_low_s"] < details["estimate_s"] < details["estimate_high_s"]
    assert details["estimate_from"] == "moves"
    assert file["print_time_sec"] == 9 * 3600


async def test_a_print_is_foretold_and_what_it_took_foretells_the_next(
    live: Live, client: Caller
) -> None:
    sent = {"name": "box.gcode", "payload": WRONG + BACK_AND_FORTH}
    box = await client.result("put_gcode_file", sent)
    # It may be printed before that is done.
    await asked_until(client, "get_gcode_files", is_worked_out)
    assert await client.result("print_gcode_file", {"id": box["id"]}) is True
    ended = await asked_until(client, "get_job", lambda told: told["job"]["outcome"])
    assert ended["job"]["left_s"] is None
    (record,) = (await client.result("get_job_history"))["jobs"]
    assert 50 < record["estimate_s"] < 90
    assert 0.1 < record["pace"] < 0.9, "its clock is faster than ours"
    await live.print(client, LONG, "long.gcode")
    told = await asked_until(client, "get_job", lambda told: told["job"]["left_from"])
    job = told["job"]
    assert job["left_from"] == "moves+history"
    assert job["left_low_s"] < job["left_s"] < job["left_high_s"]
    here = json.loads(live.house.run("getjob").stdout)["progress"]
    assert here["printTimeLeft"] > 0
    assert here["printTimeLeftOrigin"].startswith("moves+")
    status = live.house.run("status").stdout
    assert "by moves and" in status


async def test_what_is_worked_out_holds_up_nobody_who_waits(live: Live, client: Caller) -> None:
    server = live.house.pid("server")
    path = live.house.root / "large.gcode"
    path.write_text("G28\n" + "G1 X10 E1 F6000\nG1 X110\n" * 200_000)
    with held(server) as is_held:
        await upload_until(live, path, is_held)
        ((file,),) = (await client.result("get_gcode_files")).values()
        assert path.stat().st_size > LARGE, "a worker looks at it"
        found = await client.result("check_gcode_file", {"id": file["id"]})
        assert found["lines"] == 400_001
    await asked_until(client, "get_gcode_files", is_worked_out)


async def test_a_print_waits_for_no_other_file(live: Live, client: Caller) -> None:
    path = live.house.root / "large.gcode"
    path.write_text("G28\n" + "G1 X10 E1 F6000\nG1 X110\n" * 20_000)
    with held(live.house.pid("server")) as is_held:
        await upload_until(live, path, is_held)
        small = {"name": "small.gcode", "payload": BACK_AND_FORTH * 20}
        record = await client.result("put_gcode_file", small)
        assert await client.result("print_gcode_file", {"id": record["id"]}) is True
        await asked_until(client, "get_job", lambda told: "moves" in told["job"]["left_from"])
    await asked_until(client, "get_gcode_files", is_worked_out)


async def upload_until(live: Live, path: Path, is_held: Callable[[], bool]) -> None:
    """Upload a file, and hold whoever works it out: that may be over before the command is."""
    upload = live.house.start_quietly("--port", str(live.house.tty), "upload", str(path))
    await until(is_held)
    _, said = await asyncio.to_thread(upload.communicate)
    assert upload.returncode == 0, said


async def never() -> Channel:
    raise LinkError("There is no printer.")


class TooSlow(Workers):
    """Nothing is ever worked out within the time that is given for it."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.tried: list[int] = []

    async def work_out(self, file_id: int, board: str) -> None:
        self.tried.append(file_id)
        raise CommandTimeout("The file could not be worked on within 600 s.")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """With the files 1 and 2."""
    library = Library(tmp_path)
    for name in ("a.gcode", "b.gcode"):
        draft = library.begin()
        draft.write(b"G28\n" + name.encode() + b"\n")
        library.adopt(draft.finish(), name, BLANK)
        library.end(draft)
    return library


async def worked(peer: Peer, library: Library, workers: TooSlow) -> None:
    """All that is to be worked out was tried once, and had the time to be tried again."""
    works = Outlooks(peer, library, workers, JobStore(library.database, "p"))
    task = asyncio.create_task(works.run())
    await until(lambda: len(workers.tried) >= 2)
    for _ in range(50):
        await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_takes_too_long_is_not_tried_for_ever(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlooks, "RETRY_S", 0.0)
    workers = TooSlow(library)
    await worked(Peer(never, lambda *_: None, who="The printer"), library, workers)
    assert workers.tried == [2, 1]


class Older(Peer):
    """A printer process that prints on while gbterm is updated: it knows of no forecasts."""

    def __init__(self) -> None:
        super().__init__(never, lambda *_: None, who="The printer")
        self.asked: list[str] = []

    @property
    def state(self) -> PrinterState:
        return PrinterState(job=Job("c.gcode", id="c", file_id=2))

    async def call(self, method: str, params: Found | None = None, timeout_s: float = 0.0) -> Any:
        self.asked.append(method)
        raise NotSupported("There is no method foretell_job.")


async def test_an_older_printer_process_is_told_once_and_files_are_worked_out(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlooks, "RETRY_S", 0.0)
    peer, workers = Older(), TooSlow(library)
    await worked(peer, library, workers)
    assert peer.asked == ["foretell_job"]
    assert workers.tried == [2, 1]


@contextmanager
def held(server: int) -> Iterator[Callable[[], bool]]:
    """Hold whoever works out something from its start on: it tells whether it does."""
    kept: set[int] = set()

    def is_held() -> bool:
        for pid in workers(server, idle=True):
            os.kill(pid, signal.SIGSTOP)
            kept.add(pid)
        return bool(kept)

    try:
        yield is_held
    finally:
        for pid in kept:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
