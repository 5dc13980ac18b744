"""A print that is lost again: by a crash of all processes, or on its way back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import WebSocketException

from gbterm.host import journal
from gbterm.host.hosts import JOURNAL
from tests.endtoend.house import GENEROUS_S
from tests.server.live import Live, built
from tests.server.resume.squares import (
    FIRST,
    begin,
    job,
    lost,
    resumed_whole,
    stay_cold,
    waiting,
)
from tests.server.running import Caller, until


def written(live: Live) -> int:
    """How far the print is by its journal."""
    job = journal.read(live.house.run_dir / JOURNAL).job
    return 0 if job is None else job.command


async def again(live: Live) -> Caller:
    """A client of whichever server there is, once its printer is in ERROR."""
    deadline = time.monotonic() + GENEROUS_S
    while True:
        try:
            client = await live.client()
            await live.reach(client, "ERROR")
        except (OSError, WebSocketException):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        else:
            return client


def all_killed(live: Live) -> bool:
    """Whether no process of the host is left; each brings the others back."""
    for serving in live.house.processes[1:]:
        serving.kill()
    left = [*live.house.pids("server"), *live.house.pids("printer")]
    for number in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return not left


def noted_id(live: Live) -> str:
    job = journal.read(live.house.run_dir / JOURNAL).job
    return "" if job is None else job.id


@pytest.fixture
def slow() -> Iterator[Live]:
    """A board that takes its time, so that the journal keeps up."""
    with built("--speed", "40") as live:
        yield live


async def test_it_outlives_all_processes(live: Live, client: Caller) -> None:
    await begin(live, client)
    await until(lambda: written(live) > FIRST)
    await until(lambda: all_killed(live))
    live.house.serve()
    async with await again(live) as other:
        first = await other.result("get_resume_point")
        assert first["first_line"] <= first["start_line"] <= first["last_line"]
    await until(lambda: all_killed(live))
    live.house.serve()
    async with await again(live) as other:
        assert await other.result("get_resume_point") == first
        await other.result("reconnect")
        await live.reach(other, "READY")
        assert await waiting(other) == "squares.gcode"
        before = live.count()
        assert await other.result("resume_job", {"confirmed": True}) is True
        await resumed_whole(live, other, before, first["start_line"])


async def test_lost_once_more_while_it_goes_on(live: Live, client: Caller) -> None:
    await lost(live, client, FIRST + 10)
    first = await client.result("get_resume_point")
    assert await client.result("resume_job", {"confirmed": True}) is True
    await live.pass_line(client, FIRST + 75)
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)
    second = await client.result("get_resume_point")
    assert second["start_line"] > first["last_line"]
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await resumed_whole(live, client, before, second["start_line"])
    outcomes = [found["outcome"] for found in (await client.result("get_job_history"))["jobs"]]
    assert outcomes == ["finished", "failed", "failed"]


async def test_lost_once_more_on_the_way_back(live: Live, client: Caller) -> None:
    """While the nozzle heats it stands where it stood, and not a line more was printed."""
    await lost(live, client)
    first = await client.result("get_resume_point")
    await stay_cold(live, client)
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await live.sent(before, lambda lines: "M190 S50" in lines)
    live.house.fault("reset")
    live.house.fault("heater-connected bed")
    await live.reach(client, "ERROR")
    assert not [line for line in await live.sent(before, lambda _: True) if line[0] == "G"]
    await live.rest(client)
    second = await client.result("get_resume_point")
    assert second["start_line"] == second["first_line"] == first["start_line"]
    assert (second["z_mm"], second["highest_mm"]) == (first["z_mm"], first["z_mm"])
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await resumed_whole(live, client, before, first["start_line"])


@pytest.mark.parametrize("last", ["M190 S50", "G28 X Y"])
async def test_a_crash_on_the_way_back(slow: Live, last: str) -> None:
    """The board lives on, and knows where the nozzle is."""
    live = slow
    async with await live.client() as client:
        await lost(live, client, FIRST + 5)
        first = await client.result("get_resume_point")
        if last.startswith("M190"):
            await stay_cold(live, client)
        before = live.count()
        assert await client.result("resume_job", {"confirmed": True}) is True
        resumed = await job(client)
        await live.sent(before, lambda lines: last in lines)
        await until(lambda: noted_id(live) == resumed["id"])
        live.house.kill("printer")
    live.house.fault("heater-connected bed")
    async with await again(live) as other:
        await other.result("reconnect")
        await live.reach(other, "READY")
        second = await other.result("get_resume_point")
        assert second["start_line"] == first["start_line"]
        before = live.count()
        assert await other.result("resume_job", {"confirmed": True}) is True
        way = await resumed_whole(live, other, before, first["start_line"])
    told = [float(line[5:]) for line in way if line.startswith("G92 Z")]
    assert told == [second["z_mm"]]
    assert first["z_mm"] <= told[0] <= first["highest_mm"] + 5
