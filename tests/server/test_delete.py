"""No file goes that a print still needs, whichever host prints it and whether or not it lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gbterm.events import JobChanged
from gbterm.host.hosts import JOURNAL
from gbterm.host.journal import Entry, Journal
from gbterm.jobs import Job
from tests.server.device import SILENCE
from tests.server.live import Live
from tests.server.running import Caller, Running, until

Note = Callable[[Entry], None]


@pytest.fixture
def other_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Note:
    """Writes the journal of another host of the same user, whose processes are gone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run_dir = tmp_path / "gbterm/run/other"
    run_dir.mkdir(parents=True)

    def write(entry: Entry) -> None:
        journal = Journal(run_dir / JOURNAL)
        journal.put(entry)
        journal.close()

    return write


async def uploaded(running: Running, caller: Any) -> tuple[int, Job]:
    record = (await caller.ask("put_gcode_file", {"payload": "G28\n", "name": "a.gcode"}))["result"]
    path = next((running.root / "library/gcode").iterdir())
    return record["id"], Job("a.gcode", file_id=record["id"], path=str(path.absolute()), sha256="x")


UNFINISHED = {
    "under way": lambda job: Entry(active=True, job=job),
    "lost": lambda job: Entry(job=replace(job, outcome="failed"), error="The process ended."),
}
FINISHED = {
    "finished": lambda job: Entry(job=replace(job, outcome="finished")),
    "cancelled, with an error since": lambda job: Entry(
        job=replace(job, outcome="cancelled"), error="MAXTEMP"
    ),
    "failed, and somebody reconnected": lambda job: Entry(job=replace(job, outcome="failed")),
    "another file": lambda job: Entry(active=True, job=replace(job, path="/elsewhere")),
}


@pytest.mark.parametrize("entry", UNFINISHED.values(), ids=list(UNFINISHED))
async def test_a_file_of_an_unfinished_print_stays_and_why_is_said(
    running: Running, other_host: Note, entry: Callable[[Job], Entry]
) -> None:
    async with await running.tcp() as caller:
        file_id, job = await uploaded(running, caller)
        other_host(entry(job))
        error = (await caller.ask("delete_gcode_file", {"id": file_id}))["error"]
        assert error["code"] == -32000
        assert "a.gcode belongs to a print" in error["message"]
        whole = await caller.ask("get_gcode_file", {"id": file_id, "content": True})
        assert whole["result"]["content"] == "G28\n"
        other_host(Entry(job=replace(job, outcome="cancelled")))
        assert (await caller.ask("delete_gcode_file", {"id": file_id}))["result"] is True
        assert (await caller.ask("get_gcode_file", {"id": file_id}))["error"]["code"] == -32001


async def test_a_print_is_over_when_its_printer_says_so_and_not_when_the_journal_does(
    running: Running, other_host: Note
) -> None:
    async with await running.tcp() as caller:
        file_id, job = await uploaded(running, caller)
        job = replace(job, id="this print")
        other_host(Entry(active=True, job=job))
        for id, outcome in (("another", "finished"), ("this print", "")):
            running.device.publish(JobChanged(replace(job, id=id, outcome=outcome)))
            await caller.event("progress_update")
            assert (await caller.error("delete_gcode_file", [file_id]))["code"] == -32000
        running.device.publish(JobChanged(replace(job, outcome="finished")))
        await caller.event("progress_update")
        assert await caller.result("delete_gcode_file", [file_id]) is True


@pytest.mark.parametrize("entry", FINISHED.values(), ids=list(FINISHED))
async def test_a_file_that_no_print_needs_any_more_goes(
    running: Running, other_host: Note, entry: Callable[[Job], Entry]
) -> None:
    async with await running.tcp() as caller:
        file_id, job = await uploaded(running, caller)
        other_host(entry(job))
        assert (await caller.ask("delete_gcode_file", {"id": file_id}))["result"] is True


async def test_a_file_that_is_being_checked_for_its_print_stays(running: Running) -> None:
    running.device.answers["start_job"] = SILENCE
    async with await running.tcp() as printing, await running.tcp() as deleting:
        file_id, _ = await uploaded(running, printing)
        start = asyncio.create_task(printing.ask("print_gcode_file", {"id": file_id}))
        await until(lambda: running.device.named("start_job"))
        error = (await deleting.ask("delete_gcode_file", {"id": file_id}))["error"]
        assert (error["code"], error["data"]["type"]) == (-32000, "WrongState")
        assert "about to be printed" in error["message"]
        await running.device.die()
        assert (await start)["error"]["code"] == -32006
        assert (await deleting.ask("delete_gcode_file", {"id": file_id}))["result"] is True


async def test_of_a_print_and_a_deletion_at_once_one_is_refused(live: Live, client: Caller) -> None:
    gcode = "G28\n" + "G1 X10 F600\nG1 X100\n" * 500
    async with await live.client() as deleting:
        for _ in range(6):
            file = await client.result("put_gcode_file", {"payload": gcode, "name": "a.gcode"})
            begun, gone = await asyncio.gather(
                client.ask("print_gcode_file", {"id": file["id"]}),
                deleting.ask("delete_gcode_file", {"id": file["id"]}),
            )
            assert ("result" in begun) != ("result" in gone), (begun, gone)
            left = (await client.result("get_gcode_files"))["gcode_files"]
            assert (file["id"] in [each["id"] for each in left]) == ("result" in begun)
            await live.rest(client)
