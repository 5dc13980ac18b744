"""What befalls both processes of a host at once in mid-print: stopped for a while, no disk left."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

from tests.endtoend.house import OF_THE_HOST, House, wait_until
from tests.independent_gcode import commands_of_file
from tests.server.live import Live

STOPPED_S = 4.0
"""Longer than a host waits for an ok before it asks the board."""


def test_a_host_that_was_suspended_goes_on_where_the_board_is(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 300, speed=60)
    both = [house.pid("printer"), house.pid("server")]
    for number in both:
        os.kill(number, signal.SIGSTOP)
    house.live(60)
    time.sleep(STOPPED_S)  # the length of the sleep is what is tried
    for number in both:
        os.kill(number, signal.SIGCONT)
    house.finish()
    house.assert_printed(sliced["box.gcode"])
    assert [house.pid("printer"), house.pid("server")] == both


def history(house: House) -> dict[str, Any]:
    """The server's answer where the prints of the past are asked for."""

    async def ask() -> dict[str, Any]:
        async with await Live(house).client() as client:
            return await client.ask("get_job_history", {})

    return asyncio.run(ask())


def test_a_full_disk_ends_no_print_and_is_said_once(house: House, sliced: dict[str, Path]) -> None:
    house.start_print(sliced["box.gcode"], 300, speed=60)
    both = {role: house.pid(role) for role in ("printer", "server")}
    for number in both.values():
        resource.prlimit(number, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    refused = house.run("upload", str(sliced["box.gcode"]))
    assert refused.returncode != 0
    assert refused.stderr.startswith("gbterm: ")
    assert refused.stderr.count("\n") == 1
    house.finish()
    # Which lines were the host's own no file says now; none of these is the print's.
    wanted = [
        line for line in commands_of_file(sliced["box.gcode"]) if line.code not in OF_THE_HOST
    ]
    *printed, last = house.printed_first()
    assert (printed, last.code) == (wanted, "M400")
    messages = house.ask("get_snapshot")["result"]["state"]["messages"]
    said = [message["text"] for message in messages]
    assert len([text for text in said if "journal can't be written" in text]) == 1, said
    assert {role: house.pid(role) for role in both} == both
    not_yet = history(house)
    assert not_yet.get("result") == {"jobs": []} or "see that the disk" in str(not_yet), not_yet
    for number in both.values():
        resource.prlimit(number, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    (job,) = history(house)["result"]["jobs"]
    assert (job["name"], job["outcome"]) == ("box.gcode", "finished")
    assert house.run("counters").returncode == 0
    (counters,) = (house.root / "data/gbterm/counters").glob("*.json")
    assert json.loads(counters.read_text())["seconds"]["printer_print"] > 1
    wait_until(lambda: house.run("upload", str(sliced["box.gcode"])).returncode == 0, "the upload")
