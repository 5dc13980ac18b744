"""Who did what: each call that changes something, with who it was, and no secret of anybody."""

from __future__ import annotations

import os
import pwd
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from gbterm import events
from gbterm.audit import AuditEntry, Question
from gbterm.config import History
from gbterm.jobs import Job
from gbterm.model import Phase
from gbterm.server.audit import MOST_WAITING, Audit
from gbterm.server.audit_store import AuditStore
from gbterm.server.keys import Scope
from tests.server.running import Caller, Running

ME = pwd.getpwuid(os.getuid()).pw_name
FILE = "; a secret part\nG28\nG1 X5 F600\n"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running


async def entries(client: Caller, **params: Any) -> list[dict[str, Any]]:
    """What clients did, the newest first."""
    told: list[dict[str, Any]] = (await client.result("get_audit", params))["entries"]
    return [entry for entry in told if entry["actor"] == "client"]


async def test_each_is_named_by_the_key_the_user_or_the_address(running: Running) -> None:
    secret = running.keys.create("panel", [Scope.OPERATE])
    async with (
        await running.unix() as near,
        await running.tcp() as far,
        await running.tcp(additional_headers={"Authorization": f"Bearer {secret}"}) as panel,
    ):
        await panel.result("hello", {"version": "1", "role": "panel of Anna"})
        await panel.result("set_temp", {"bed": 60})
        await far.result("home_head", {"x": True, "y": False, "z": False})
        await near.result("pause_print")
        pause, home, temperature = await entries(near)
    assert (temperature["key"], temperature["client"]) == ("panel", "panel of Anna")
    assert (temperature["method"], temperature["params"]) == ("set_temp", {"bed": 60})
    assert (home["key"], home["uid"], home["address"]) == ("", None, "127.0.0.1")
    assert home["params"] == {"x": True, "y": False, "z": False}
    assert (pause["uid"], pause["user"], pause["address"]) == (os.getuid(), ME, "")
    assert {entry["outcome"] for entry in (pause, home, temperature)} == {"done"}
    assert temperature["at"] <= home["at"] <= pause["at"]


async def test_who_reads_is_not_noted_and_who_is_refused_is(running: Running) -> None:
    secret = running.keys.create("screen", [Scope.WATCH])
    async with (
        await running.tcp() as admin,
        await running.tcp(additional_headers={"Authorization": f"Bearer {secret}"}) as screen,
    ):
        await screen.result("get_status")
        await screen.error("get_audit")
        await screen.error("cancel_print")
        await admin.error("delete_gcode_file", {"id": 7})
        deleted, cancelled = await entries(admin)
    assert (cancelled["key"], cancelled["outcome"]) == ("screen", "refused")
    assert "needs one with the scope operate" in cancelled["reason"]
    assert (deleted["params"], deleted["outcome"]) == ({"id": 7}, "refused")
    assert "holds no file 7" in deleted["reason"]


async def test_no_secret_is_in_the_database(running: Running) -> None:
    secret = running.keys.create("panel", [Scope.OPERATE, Scope.FILES])
    async with await running.tcp() as admin, await running.tcp() as panel:
        await panel.result("authenticate", {"key": secret})
        await panel.error("pause_print", {"key": secret})
        await panel.ask("send_gcode", {"commands": f'M117 {secret}\nM587 S"net" P"hush-hush"'})
        await panel.ask("print_gcode_file", [secret])
        await panel.result("put_gcode_file", {"name": "part.gcode", "payload": FILE})
        noted = await entries(admin)
    assert [entry["method"] for entry in noted] == [
        *("put_gcode_file", "print_gcode_file", "send_gcode", "pause_print")
    ]
    assert noted[2]["params"] == {"commands": 'M117 [hidden] / M587 S"net" P***'}
    assert noted[0]["params"] == {"id": 1, "name": "part.gcode", "size": len(FILE)}
    files = [*running.options.library_dir.glob("library.sqlite*")]
    assert running.library.database in files
    for file in files:
        with suppress(FileNotFoundError):  # what is beside the database comes and goes
            held = file.read_bytes()
            for word in (secret, secret[7:], "hush-hush", "secret part"):
                assert word.encode() not in held, (file, word)
            assert file.stat().st_mode & 0o077 == 0


async def test_pages_and_searches_find_what_they_are_asked_for(running: Running) -> None:
    async with await running.tcp() as client, await running.unix() as near:
        for bed in range(5):
            await client.result("set_temp", {"bed": bed})
        await near.result("home_head")
        newest = await entries(client, most=2)
        assert [entry["method"] for entry in newest] == ["home_head", "set_temp"]
        older = await entries(client, before=newest[-1]["number"], most=2)
        assert [entry["params"]["bed"] for entry in older] == [3, 2]
        assert [entry["user"] for entry in await entries(client, who=ME.upper())] == [ME]
        (found,) = await entries(client, search='"bed": 1')
        since = await entries(client, since=found["at"], until=older[0]["at"])
        assert [entry["params"]["bed"] for entry in since] == [3, 2, 1]


@contextmanager
def locked(running: Running) -> Iterator[None]:
    """Nobody else can write to the database meanwhile."""
    path = running.options.library_dir / "library.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def test_a_locked_database_keeps_nobody_waiting_and_nothing_is_lost(
    running: Running,
) -> None:
    async with await running.tcp() as client:
        with locked(running):
            for bed in range(20):
                await client.result("set_temp", {"bed": bed})
            assert await client.result("emergency_stop") is True
            assert await entries(client) == []  # what is written is there to be read
        stop, *heated = await entries(client)
    assert (stop["method"], stop["outcome"]) == ("emergency_stop", "done")
    assert [entry["params"]["bed"] for entry in heated[::-1]] == list(range(20))


async def test_what_could_not_be_written_in_time_is_there_with_the_next_server(
    running: Running,
) -> None:
    with locked(running):
        async with await running.tcp() as client:
            await client.result("set_temp", {"bed": 41})
        running.stop.set()
        assert running.task is not None
        await running.task
    await running.serve()
    async with await running.tcp() as client:
        (heated,) = await entries(client)
    assert heated["params"] == {"bed": 41}


async def test_what_waits_for_a_disk_is_bounded_and_the_rest_is_counted(running: Running) -> None:
    store = AuditStore(running.library.database, "run", History())
    audit = Audit(store, running.root / "none")
    with locked(running):
        for bed in range(100_000):
            audit.note(AuditEntry(time.time(), "set_temp", params={"bed": bed}))
        assert not await audit.write()
    assert await audit.write()
    (gap,) = store.list(Question(search="audit_gap"))
    assert gap.params == {"left_out": 100_000 - MOST_WAITING}
    kept = store.list(Question(search="set_temp"), 2)
    assert [entry.params for entry in kept] == [{"bed": 99_999}, {"bed": 99_998}]


async def test_what_is_done_again_at_once_is_one_entry_with_a_count(running: Running) -> None:
    secret = running.keys.create("screen", [Scope.WATCH])
    login = {"Authorization": f"Bearer {secret}"}
    async with await running.tcp() as client, await running.tcp(additional_headers=login) as screen:
        with locked(running):  # so that all of it waits
            for _ in range(30):
                await client.result("move_head_relative", {"x": 1})
                await screen.error("move_head_relative", {"x": 1})
            await client.result("move_head_relative", {"x": -1})
        back, *both = await entries(client)
    assert (back["params"], back["times"]) == ({"x": -1}, 1)
    refused = [entry for entry in both if entry["outcome"] == "refused"]
    assert {entry["key"] for entry in refused} == {"screen"}
    # A try to write that began amid them parts them.
    assert sum(entry["times"] for entry in refused) == 30
    assert len(refused) < 10


async def test_a_wrong_key_is_noted_with_its_address(running: Running) -> None:
    async with await running.tcp() as admin:
        async with await running.tcp() as guess:
            await guess.error("authenticate", {"key": "gbterm_this-is-none-at-all"})
        (refused,) = await entries(admin)
    assert (refused["method"], refused["outcome"]) == ("authenticate", "refused")
    assert refused["address"] == "127.0.0.1"
    assert "this-is" not in str(refused)


async def test_what_the_printer_does_by_itself_is_noted_with_its_reason(running: Running) -> None:
    job = Job("cube.gcode", id="j1")
    card = Job("plate.gco", on_card=True, started_at=5.0)
    for event in (
        events.JobChanged(job),
        events.PhaseChanged(Phase.EXECUTING),
        events.PhaseChanged(Phase.PAUSED, "The filament ran out."),
        events.PhaseChanged(Phase.EXECUTING),
        events.JobChanged(Job("cube.gcode", id="j1", outcome="failed", reason="Too hot.")),
        events.PhaseChanged(Phase.ERROR, "Too hot."),
        events.JobChanged(card),
    ):
        running.device.publish(event)
    async with await running.tcp() as client:
        while True:
            told = (await client.result("get_audit"))["entries"][::-1]
            if told[-1]["method"] == "print_started" and told[-1]["actor"] == "board":
                break
    happened = [(one["method"], one["reason"]) for one in told if one["actor"] == "gbterm"]
    assert happened == [
        *(("server_started", ""), ("printer_reached", ""), ("print_started", "")),
        *(("print_paused", "The filament ran out."), ("print_resumed", "")),
        *(("print_failed", "Too hot."), ("printer_stopped", "Too hot.")),
    ]
    assert told[-1]["params"] == {"name": "plate.gco"}


async def test_a_print_from_the_card_is_remembered_as_far_as_it_was_seen(running: Running) -> None:
    seen = Job("plate.gco", on_card=True, started_at=5.0, byte=1, bytes=4)
    ended = replace(seen, byte=4, outcome="finished", ended_at=9.0, pauses=1)
    lost = replace(seen, name="far.gco", started_at=11.0)
    for job in (seen, replace(seen, byte=3), ended, lost, None):
        running.device.publish(events.JobChanged(job))
    async with await running.tcp() as client:
        while len(jobs := (await client.result("get_job_history"))["jobs"]) < 2:
            pass
        assert (await client.result("get_job_history", {"outcome": "unknown"}))["jobs"] == jobs[:1]
        since = {"since": 1000}
        assert (await client.result("get_job_history", since))["jobs"] == jobs[:1]
    unknown, finished = jobs
    assert (finished["name"], finished["outcome"]) == ("plate.gco", "finished")
    assert (finished["on_card"], finished["pauses"], finished["fraction"]) == (True, 1, 1)
    assert (unknown["name"], unknown["outcome"]) == ("far.gco", "unknown")
    assert "out of reach" in unknown["reason"]


async def test_a_print_says_who_started_it(running: Running) -> None:
    secret = running.keys.create("panel", [Scope.OPERATE, Scope.FILES])
    login = {"Authorization": f"Bearer {secret}"}
    job = Job("part.gcode", id="j1", started_at=time.time() + 60)
    async with await running.tcp(additional_headers=login) as panel, await running.tcp() as other:
        record = await panel.result("put_gcode_file", {"name": "part.gcode", "payload": FILE})
        running.device.publish(events.JobChanged(job))
        await panel.result("print_gcode_file", {"id": record["id"]})
        await other.result("pause_print")
        running.device.publish(events.JobChanged(replace(job, outcome="finished", resumes="j0")))
        while not (jobs := (await other.result("get_job_history", {"search": "PANEL"}))["jobs"]):
            pass
    assert (jobs[0]["started_by"], jobs[0]["resumes"]) == ("panel", "j0")
