"""What one-shot commands ask of the printer process itself is noted as well, with or without a
server; and `gbterm history` tells it."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from typing import Any

import pytest

from tests.endtoend.house import wait_until
from tests.server.live import Live, built

ME = pwd.getpwuid(os.getuid()).pw_name
LONG = "G28\nG90\n" + "G1 X10 F600\nG1 X100\n" * 2000


@pytest.fixture
def live() -> Iterator[Live]:
    with built() as live:
        yield live


def actions(live: Live, *options: str) -> list[dict[str, Any]]:
    """What clients did, the oldest first."""
    told = live.house.run("history", "--actions", "--json", *options)
    assert told.returncode == 0, told.stderr
    return [entry for entry in json.loads(told.stdout) if entry["actor"] == "client"]


def found(live: Live, method: str) -> dict[str, Any]:
    """The entry for it, once it is there."""
    wait_until(lambda: actions(live, "--search", method), f"{method} is noted")
    (entry,) = actions(live, "--search", method)
    return entry


async def test_commands_and_a_stop_without_a_server_are_noted(live: Live) -> None:
    async with await live.client() as client:
        await live.print(client, LONG)
        await live.reach(client, "EXECUTING")
        job = (await client.result("get_job"))["job"]["id"]
    assert live.house.run("pause").returncode == 0
    paused = found(live, "pause_print")
    assert (paused["uid"], paused["user"], paused["job"]) == (os.getuid(), ME, job)
    assert found(live, "print_gcode_file")["job"] == job
    server = live.house.kill("server")
    assert live.house.run("estop").returncode == 0
    wait_until(lambda: live.house.pids("server") not in ([], [server]), "a new server")
    stopped = found(live, "emergency_stop")
    assert (stopped["user"], stopped["outcome"]) == (ME, "done")
    assert stopped["at"] > paused["at"]
    lines = live.house.run("history", "--actions").stdout.splitlines()
    assert max(map(len, lines)) < 80
    assert any(line.split()[2:4] == [ME, "emergency_stop"] for line in lines)


async def test_a_stop_over_the_server_is_one_entry(live: Live) -> None:
    async with await live.client() as client:
        await client.result("emergency_stop", {"press": 5})
        await client.result("emergency_stop", {"press": 5})
        assert live.house.ask("emergency_stop", {"press": 5})["result"] is True
    assert found(live, "emergency_stop")["params"] == {"press": 5}
