"""Every print is remembered once, however it ended and whoever saw that, and a hook hears of it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from tests.endtoend.house import GENEROUS_S
from tests.server.live import Live, built
from tests.server.running import Caller, until

SHORT = "; estimated printing time (normal mode) = 1m 5s\n" + "G28\nG90\nG1 X10 F6000\nG1 X50\n"
HOOK = r"""
[hook.told]
on = ["done", "failed", "cancelled"]
run = ["/bin/sh", "-c", "echo $GBTERM_EVENT $GBTERM_JOB_ID >> ROOT/told"]
"""
LONG = "G28\nG90\n" + "G1 X10 F600\nG1 X100\n" * 2000


@pytest.fixture
def live() -> Iterator[Live]:
    with built(config=HOOK) as live:
        yield live


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        yield client


async def history(client: Caller, **params: Any) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = (await client.result("get_job_history", params))["jobs"]
    return jobs


async def remembered(live: Live, so_many: int) -> list[dict[str, Any]]:
    """The history of whichever server there is, once it holds so many prints."""
    deadline = time.monotonic() + GENEROUS_S
    while True:
        try:
            async with await live.client() as client:
                jobs = await history(client)
        except (OSError, WebSocketException):
            jobs = []  # no server now
        if len(jobs) >= so_many:
            return jobs
        assert time.monotonic() < deadline, jobs
        await asyncio.sleep(0.05)


async def heard(live: Live, *ends: str) -> None:
    """Wait until the hook has heard of so many ends of prints, which were these."""
    path = live.house.root / "told"
    await until(lambda: path.exists() and path.read_text().count("\n") >= len(ends))
    assert tuple(path.read_text().splitlines()) == ends


async def written(live: Live, words: bytes) -> None:
    """Wait until the journal holds `words`."""
    await until(lambda: words in (live.house.run_dir / "journal").read_bytes())


async def test_a_print_is_told_while_it_goes_on_and_remembered_when_it_has_ended(
    live: Live, client: Caller
) -> None:
    assert await client.result("get_job") == {"job": None, "file": None, "stream": None}
    assert await history(client) == []
    before = time.time()
    await live.print(client, LONG, "long.gcode")
    await live.reach(client, "EXECUTING")
    told = await client.result("get_job")
    assert (told["job"]["name"], told["job"]["outcome"]) == ("long.gcode", "")
    assert before <= told["job"]["started_at"] <= time.time()
    assert (told["file"]["id"], told["file"]["name"]) == (told["job"]["file_id"], "long.gcode")
    assert await history(client) == []
    await client.result("pause_print")
    await live.reach(client, "PAUSED")
    await client.result("resume_print")
    await live.reach(client, "EXECUTING")
    await client.result("cancel_print")
    await live.reach(client, "READY")
    await live.print(client, SHORT, "short.gcode")
    while (await client.result("get_job"))["job"]["outcome"] != "finished":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    finished, cancelled = await remembered(live, 2)
    assert finished["name"] == "short.gcode"
    assert (finished["outcome"], finished["reason"], finished["fraction"]) == ("finished", "", 1)
    assert finished["estimate_s"], "its slicer's, or what was worked out meanwhile"
    assert (finished["pauses"], finished["resends"]) == (0, 0)
    assert before < finished["started_at"] < finished["ended_at"] < time.time()
    assert finished["printed_s"] > 0
    assert (cancelled["name"], cancelled["outcome"]) == ("long.gcode", "cancelled")
    assert (cancelled["id"], cancelled["pauses"]) == (told["job"]["id"], 1)
    assert cancelled["fraction"] < 1
    assert await history(client, before=finished["id"]) == [cancelled]
    assert await history(client, before=cancelled["ended_at"]) == []
    assert await history(client, most=1) == [finished]
    assert await history(client, search="LONG") == [cancelled]


async def test_an_emergency_stop_is_why_a_print_failed(live: Live, client: Caller) -> None:
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    assert await client.result("emergency_stop") is True
    (failed,) = await remembered(live, 1)
    assert (failed["outcome"], failed["reason"]) == ("failed", "Emergency stop.")
    await written(live, b'"outcome": "failed"')
    printer = live.house.kill("printer")
    live.house.fault("reset")
    await until(lambda: live.house.pids("printer") not in ([], [printer]))
    await live.reach(client, "ERROR")
    assert await remembered(live, 1) == [failed]


async def test_a_print_that_ends_without_a_server_is_remembered_by_the_next(
    live: Live, client: Caller
) -> None:
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    server = live.house.pid("server")
    os.kill(server, signal.SIGSTOP)
    live.house.ask("cancel_print")
    await until(lambda: live.house.ask("get_status")["result"]["status"]["state"] == "READY")
    os.kill(server, signal.SIGKILL)
    await until(lambda: live.house.pids("server") not in ([], [server]))
    (job,) = await remembered(live, 1)
    assert (job["name"], job["outcome"]) == ("job.gcode", "cancelled")
    await heard(live, f"cancelled {job['id']}")


async def test_a_print_that_dies_with_its_process_is_remembered_as_failed(
    live: Live, client: Caller
) -> None:
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    started = (await client.result("get_job"))["job"]
    await written(live, b'"active": true')
    live.house.kill("printer")
    (job,) = await remembered(live, 1)
    assert (job["id"], job["outcome"]) == (started["id"], "failed")
    assert "The printer process ended in mid-print: job.gcode stopped" in job["reason"]
    assert started["started_at"] <= job["ended_at"] < time.time()
    server = live.house.kill("server")
    await until(lambda: live.house.pids("server") not in ([], [server]))
    assert await remembered(live, 1) == [job]
    await heard(live, f"failed {job['id']}")


async def test_a_print_that_nobody_saw_end_is_told_by_the_next_printer_process(
    live: Live, client: Caller
) -> None:
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    server, printer = live.house.pid("server"), live.house.pid("printer")
    os.kill(server, signal.SIGSTOP)
    live.house.ask("cancel_print")
    await written(live, b'"outcome": "cancelled"')
    os.kill(printer, signal.SIGKILL)
    os.kill(server, signal.SIGKILL)
    await until(lambda: not live.house.pids("server") and not live.house.pids("printer"))
    live.house.serve()
    (job,) = await remembered(live, 1)
    assert (job["name"], job["outcome"], job["reason"]) == ("job.gcode", "cancelled", "")
    await heard(live, f"cancelled {job['id']}")
