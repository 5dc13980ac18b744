"""Who did what: each call that changes something, with who it was, and no secret of anybody."""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gbterm.server.keys import Scope
from tests.server.running import Caller, Running

ME = pwd.getpwuid(os.getuid()).pw_name
FILE = "; a secret part\nG28\nG1 X5 F600\n"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running


async def entries(client: Caller, **params: Any) -> list[dict[str, Any]]:
    """The newest first."""
    told: list[dict[str, Any]] = (await client.result("get_audit", params))["entries"]
    return told


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
    assert noted[0]["params"] == {"name": "part.gcode"}
    for file in running.options.library_dir.glob("library.sqlite*"):
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
