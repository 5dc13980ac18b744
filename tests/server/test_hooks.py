"""Hooks with real programs and a real HTTP server; the printer process is scripted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gbterm import events
from gbterm.config import HOOK_EVENTS, Actions, Hook
from gbterm.jobs import Job
from gbterm.model import Phase, Prompt
from gbterm.server import tls
from gbterm.server.occasions import AWAY_S
from tests.server.running import Running, until
from tests.server.test_actions import is_alive
from tests.server.test_tls import make_certificate

JOB = Job("cube \x1b[31m.gcode", byte=1, bytes=2, id="j1", elapsed_s=61.0)
ALL = HOOK_EVENTS


class Web:
    """Hears what is posted."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status = 204
        self.is_silent = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(await request.json())
        if self.is_silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    @contextlib.asynccontextmanager
    async def serve(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
        """At a port of its own."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/hooks/s3cret"
        yield self
        await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[Web]:
    async with Web().serve() as heard:
        yield heard


def shell(
    script: str, *, name: str = "h", on: tuple[str, ...] = ALL, timeout_s: float = 30
) -> Hook:
    return Hook(name, on, ("/bin/sh", "-c", script), "", timeout_s)


def serving(*hooks: Hook, **options: Any) -> Running:
    """A server with hooks, on a printer that it has seen before."""
    running = Running(name="ender", actions=Actions(hooks=hooks), **options)
    remember(running, {"told": {}, "waiting": {}})
    return running


def hooks_file(running: Running) -> Path:
    return running.root / "library" / "hooks" / "run.json"


def remember(running: Running, what: Any) -> None:
    hooks_file(running).parent.mkdir(parents=True, exist_ok=True)
    hooks_file(running).write_text(json.dumps(what))


def stored(running: Running) -> str:
    """What is written down, nothing before anything is."""
    return hooks_file(running).read_text() if hooks_file(running).exists() else ""


def end(running: Running, outcome: str, id: str = "j1", reason: str = "") -> None:
    """The printer's job came to its end."""
    job = replace(JOB, outcome=outcome, id=id, reason=reason)
    running.device.publish(events.JobChanged(job))


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def test_a_program_finds_the_facts_in_its_environment(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f"env | grep ^GBTERM_ | sort > {out}.new; cat >> {out}.new; mv {out}.new {out}"
    async with serving(shell(script)) as running:
        end(running, "failed", reason="the $(touch nozzle)\n came off")
        await until(lambda: lines(out))
    assert lines(out) == [
        "GBTERM_ELAPSED_S=61.0",
        "GBTERM_EVENT=failed",
        "GBTERM_JOB=cube ?[31m.gcode",
        "GBTERM_JOB_ID=j1",
        "GBTERM_PRINTER=ender",
        "GBTERM_PROGRESS=50.0",
        "GBTERM_REASON=the $(touch nozzle)  came off",
    ]


async def test_a_server_hears_the_same_as_json(http: Web) -> None:
    async with serving(Hook("chat", ALL, url=http.url)) as running:
        device = running.device
        device.publish(events.JobChanged(replace(JOB, pauses=1)))
        device.publish(events.PhaseChanged(Phase.PAUSED, "by hand"))
        device.publish(events.PromptShown(Prompt("Go on?")))
        await until(lambda: len(http.heard) == 2)
    paused, prompt = http.heard
    assert paused == {
        **{"printer": "ender", "event": "paused", "reason": "by hand", "job_id": "j1"},
        **{"job": "cube ?[31m.gcode", "progress": 50.0, "elapsed_s": 61.0},
    }
    assert (prompt["event"], prompt["reason"]) == ("prompt", "Go on?")


async def test_a_server_that_a_private_authority_vouches_for(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    other, _ = make_certificate(tmp_path, "other")
    (tmp_path / "empty.pem").touch()
    async with Web().serve(tls.context(certificate, key)) as https:
        authorities = {"own": certificate, "none": "", "other": other, "empty": "empty.pem"}
        hooks = [
            Hook(name, ALL, url=https.url, tls_ca=str(authority))
            for name, authority in authorities.items()
        ]
        async with serving(*hooks) as running, await running.unix() as client:
            await client.result("hello", {"version": "1", "role": "console"})
            end(running, "finished")
            said = {(await client.event("message_reported"))["message"]["text"] for _ in hooks[1:]}
            await until(lambda: https.heard)
    assert [heard["event"] for heard in https.heard] == ["done"]
    untrusted = "since its server's certificate can't be trusted: name who vouches for it with"
    assert {text.partition(". Until")[0] for text in said} == {
        f"The hook none could not be sent, {untrusted} tls_ca in [hook.none]",
        f"The hook other could not be sent, {untrusted} tls_ca in [hook.other]",
        "The hook empty could not be sent: empty.pem holds no certificate of an authority",
    }


async def test_only_what_it_is_for_and_one_after_the_other(tmp_path: Path) -> None:
    out, gate = tmp_path / "out", tmp_path / "gate"
    wait = f"while ! [ -e {gate} ]; do sleep 0.02; done"
    script = f"echo begin $GBTERM_JOB_ID >> {out}; {wait}; echo end >> {out}"
    other = tmp_path / "other"
    quick = shell(f"echo $GBTERM_EVENT >> {other}", name="quick", on=("failed",))
    async with serving(shell(script, on=("done",)), quick) as running:
        for id in ("j1", "j2"):
            end(running, "finished", id)
        end(running, "failed", "j3")
        await until(lambda: lines(other))
        await until(lambda: lines(out))
        assert lines(out) == ["begin j1"]
        gate.touch()
        await until(lambda: len(lines(out)) == 4)
    assert lines(out) == ["begin j1", "end", "begin j2", "end"]
    assert lines(other) == ["failed"]


async def test_a_hook_that_fails_is_announced_once_and_disturbs_nothing(
    http: Web, tmp_path: Path
) -> None:
    http.status = 500
    hooks = (
        shell(f"echo secret-word; echo >> {tmp_path}/out; exit 3", name="three"),
        Hook("gone", ALL, ("/nowhere/at-all",)),
        Hook("chat", ALL, url=http.url),
        Hook("far", ALL, url="http://127.0.0.1:1/s3cret"),
    )
    async with serving(*hooks) as running, await running.unix() as client:
        await client.result("hello", {"version": "1", "role": "console"})
        for id in ("j1", "j2"):
            end(running, "finished", id)
        await until(lambda: len(lines(tmp_path / "out")) == 2 and len(http.heard) == 2)
        said = {(await client.event("message_reported"))["message"]["text"] for _ in hooks}
        assert not any(message["event"] == "message_reported" for message in client.events)
        assert await client.result("get_status")
    told = sorted(text.partition(".")[0] for text in said)
    assert told[0] == "The hook chat was answered with status 500"
    assert told[1] == "The hook far could not reach its server: Connection refused"
    assert told[2].startswith("The hook gone can't be started (No such file or directory)")
    assert told[3] == "The hook three ended with code 3"
    assert "s3cret" not in str(said)
    assert "secret-word" not in str(said)


async def test_one_that_takes_too_long_is_killed_with_its_children(
    http: Web, tmp_path: Path
) -> None:
    http.is_silent = True
    pid = tmp_path / "pid"
    hooks = (
        shell(f"sleep 300 & echo $! > {pid}.new; mv {pid}.new {pid}; wait", timeout_s=5.0),
        Hook("chat", ALL, url=http.url, timeout_s=0.2),
    )
    async with serving(*hooks) as running, await running.unix() as client:
        await client.result("hello", {"version": "1", "role": "console"})
        end(running, "finished")
        said = sorted([(await client.event("message_reported"))["message"]["text"] for _ in hooks])
        assert said[0].startswith("The hook chat was not answered within 0.2 s.")
        assert said[1].startswith("The hook h was killed after 5 s.")
        await until(lambda: not is_alive(int(pid.read_text())))


async def test_what_happened_while_no_server_ran_is_told_once(tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with serving(shell(f"echo $GBTERM_EVENT $GBTERM_JOB_ID >> {out}")) as running:
        end(running, "finished", "j1")
        await until(lambda: lines(out) == ["done j1"])
        running.stop.set()
        assert running.task is not None
        await running.task
        end(running, "failed", "j2")
        for _ in range(2):
            await running.serve()
            await until(lambda: lines(out) == ["done j1", "failed j2"])
            await until(lambda: '"ended": "j2"' in stored(running))
            running.stop.set()
            await running.task
        await running.serve()
        end(running, "finished", "j3")
        await until(lambda: len(lines(out)) > 2)
    assert lines(out) == ["done j1", "failed j2", "done j3"]


async def test_a_configuration_that_changed_counts_from_the_next_server_on(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    script = "echo $GBTERM_EVENT $GBTERM_JOB_ID >> "
    first, second = shell(f"{script}{out}", name="first"), shell(f"{script}{other}", name="second")
    async with serving(first) as running:
        end(running, "finished", "j1")
        await until(lambda: lines(out) == ["done j1"])
        await serve_anew(running)
        assert not hooks_file(running).exists()
        end(running, "failed", "j2")
        await serve_anew(running, first, second)
        await until(lambda: '"ended": "j2"' in stored(running))
        end(running, "finished", "j3")
        await until(lambda: lines(other) and len(lines(out)) == 2)
    assert lines(out) == ["done j1", "done j3"]
    assert lines(other) == ["done j3"]


async def test_what_waits_is_told_only_to_those_who_still_want_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f"echo $GBTERM_EVENT >> {out}"
    waiting = [{"event": "done"}, {"event": "paused"}]
    async with serving() as running:
        remember(running, {"told": {}, "waiting": {"h": waiting, "gone": waiting}})
        await serve_anew(running, shell(script, on=("paused", "failed")))
        await until(lambda: lines(out))
        end(running, "failed")
        await until(lambda: len(lines(out)) == 2)
    assert lines(out) == ["paused", "failed"]


async def serve_anew(running: Running, *hooks: Hook) -> None:
    """Another server, configured otherwise."""
    running.stop.set()
    assert running.task is not None
    await running.task
    running.options = replace(running.options, actions=Actions(hooks=hooks))
    await running.serve()


async def test_what_waits_outlives_the_server_and_what_began_is_not_run_again(
    tmp_path: Path,
) -> None:
    out, gate = tmp_path / "out", tmp_path / "gate"
    script = f"echo $GBTERM_JOB_ID >> {out}; [ -e {gate} ] || sleep 300"
    async with serving(shell(script)) as running:
        for id in ("j1", "j2", "j3"):
            end(running, "finished", id)
        await until(lambda: lines(out))
        await until(lambda: '"job_id": "j3"' in stored(running))
        running.stop.set()
        assert running.task is not None
        await running.task
        gate.touch()
        await running.serve()
        await until(lambda: len(lines(out)) == 3)
    assert lines(out) == ["j1", "j2", "j3"]


async def test_too_many_are_left_out_oldest_first(tmp_path: Path) -> None:
    out, gate = tmp_path / "out", tmp_path / "gate"
    script = f"echo $GBTERM_JOB_ID >> {out}; while ! [ -e {gate} ]; do sleep 0.02; done"
    async with serving(shell(script)) as running:
        end(running, "finished", "j0")
        await until(lambda: lines(out))
        for number in range(1, 21):
            end(running, "finished", f"j{number}")
        await until(lambda: '"job_id": "j20"' in stored(running))
        gate.touch()
        await until(lambda: lines(out)[-1] == "j20")
    assert lines(out) == ["j0", *(f"j{number}" for number in range(5, 21))]


async def test_a_printer_that_stays_away_is_told_of_and_that_it_is_back(tmp_path: Path) -> None:
    out, now = tmp_path / "out", [0.0]
    script = f'echo "$GBTERM_EVENT $GBTERM_REASON" >> {out}'
    async with serving(shell(script), now=lambda: now[0]) as running:
        running.device.publish(events.PhaseChanged(Phase.DISCONNECTED, "the port vanished"))
        await seen_at(running, "DISCONNECTED")
        now[0] = AWAY_S - 0.1
        await seen_at(running, "DISCONNECTED")
        assert lines(out) == []
        now[0] = AWAY_S
        await until(lambda: lines(out) == ["disconnected the port vanished"])
        running.device.publish(events.PhaseChanged(Phase.READY))
        await until(lambda: len(lines(out)) == 2)
    assert lines(out)[1] == "reconnected "


async def seen_at(running: Running, state: str) -> None:
    """Wait until the server has seen the printer in `state`, and looked at it once more."""
    async with await running.unix() as client:
        while (await client.result("get_status"))["status"]["state"] != state:
            pass
        client.events.clear()
        for _ in range(2):
            await client.event("temp_update")


async def test_a_file_that_is_damaged_or_a_disk_that_is_full_ends_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with serving(shell(f"echo $GBTERM_JOB_ID >> {out}")) as running:
        running.stop.set()
        assert running.task is not None
        await running.task
        hooks_file(running).write_text('{"told": {"ended": 7}')
        end(running, "finished", "old")
        await running.serve()
        await until(lambda: '"ended": "old"' in stored(running))
        hooks_file(running).unlink()
        hooks_file(running).parent.rmdir()
        hooks_file(running).parent.write_text("in the way")
        end(running, "finished", "j1")
        await until(lambda: lines(out))
    assert lines(out) == ["j1"]
