"""What went over the cable, counted, from a simulated board with noise on its cable."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.capability import Capability
from gbterm.backends.opengb.client import OpenGbBackend
from tests.server.live import Live, built
from tests.server.running import Caller

WIRE = Path(__file__).parents[2] / "docs" / "wire.md"
METHOD = "get_stream_statistics"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with built("--rx-drop") as live:
        yield live


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        await live.rest(client)
        yield client


def documented() -> dict[str, Any]:
    """The example of the documentation."""
    (example,) = re.findall(r"```json\n(\{\"since\".*?)```", WIRE.read_text(), re.DOTALL)
    found: dict[str, Any] = json.loads(example)
    return found


def members(value: Any) -> Any:
    """The names in an answer, and which of them hold text."""
    if isinstance(value, dict):
        return {name: members(item) for name, item in value.items() if name != "errors"}
    return type(value) is str


async def test_it_answers_as_documented_without_a_job(live: Live, client: Caller) -> None:
    before = await client.result(METHOD)
    assert members(before) == members(documented())
    assert 1.6e9 < before["since"] <= time.time()
    assert 0 < before["oks"] <= before["lines_sent"] < before["bytes_sent"]
    assert before["errors"] == {}
    assert (before["planner_slots"], before["queue_slots"]) == (15, 4)
    assert before["window_lines_most"] == 8
    assert before["stream"]["verdict"] == ""
    await client.result("send_gcode", {"commands": "M117 one\nM117 two"})
    after = await client.result(METHOD)
    assert after["since"] == before["since"]
    assert after["lines_sent"] >= before["lines_sent"] + 2
    assert after["oks"] >= before["oks"] + 2
    assert after["bytes_sent"] > before["bytes_sent"]


async def test_noise_in_a_print_is_counted_as_often_as_the_board_complained(
    live: Live, client: Caller
) -> None:
    before = await client.result(METHOD)
    await client.result("subscribe_console", {"contains": "re"})
    gcode = "G28\nG90\n" + "".join(f"G1 X{n % 2 * 50} F3000\n" for n in range(1500))
    live.house.live(60)  # so that it lasts until all of this was looked at
    await live.print(client, gcode)
    for line in (100, 300, 500):
        await live.pass_line(client, line)
        live.house.fault("corrupt-byte 12")
    await live.pass_line(client, 700)
    during = await client.result(METHOD)
    assert during["stream"]["lines_s"] > 0
    assert during["stream"]["verdict"] != ""
    assert during["streamed_s"] > before["streamed_s"]
    live.house.live(300)
    await live.reach(client, "READY")
    await client.result("send_gcode", {"commands": "M117 there"})
    said: list[str] = []
    while not any("M117 there" in text for text in said):
        said += [line["text"] for line in (await client.event("console_lines"))["lines"]]
    after = await client.result(METHOD)
    resends = after["stream"]["resends"] - before["stream"]["resends"]
    assert resends == len([text for text in said if text.startswith("Resend:")]) >= 3
    refused = sum(after["errors"].get(kind, 0) for kind in ("checksum", "line_number"))
    assert refused >= 3
    job = (await client.result("get_job"))["job"]
    assert (job["outcome"], job["resends"]) == ("finished", resends)
    assert after["lines_sent"] >= before["lines_sent"] + 1502 + resends
    assert after["since"] == before["since"]


async def test_a_closed_port_still_tells_and_an_open_one_begins_anew(
    live: Live, client: Caller
) -> None:
    await client.result("send_gcode", {"commands": "\n".join(["M105"] * 30)})
    before = await client.result(METHOD)
    await client.result("disconnect")
    closed = await client.result(METHOD)
    assert closed["since"] == before["since"]
    assert closed["lines_sent"] >= before["lines_sent"]
    assert closed["stream"]["lines_s"] == closed["stream"]["lines_under_way"] == 0
    await client.result("connect")
    await live.reach(client, "READY")
    anew = await client.result(METHOD)
    assert anew["since"] > before["since"]
    assert anew["lines_sent"] < before["lines_sent"]


async def test_a_key_that_only_watches_may_ask(live: Live, client: Caller) -> None:
    assert METHOD in (await client.result("get_capabilities"))["methods"]
    made = live.house.plain("key", "create", "wall", "--scope", "watch")
    assert made.returncode == 0, made.stderr
    async with await live.client() as watcher:
        await watcher.result("authenticate", {"key": made.stdout.split()[-1]})
        assert (await watcher.result(METHOD))["oks"] > 0
        assert (await watcher.error("pause_print"))["code"] == -32008


async def test_the_client_of_gbterm_has_the_same(live: Live, client: Caller) -> None:
    backend = OpenGbBackend(f"unix:{live.house.run_dir / 'server.sock'}")
    await backend.connect()
    assert Capability.STATISTICS in backend.capabilities
    raw = await client.result(METHOD)
    found = await backend.stream_statistics()
    await backend.close()
    assert (found.since, found.errors) == (raw["since"], raw["errors"])
    assert found.lines_sent >= raw["lines_sent"]
    assert (found.planner_slots, found.stream.resends) == (15, raw["stream"]["resends"])


def test_the_printer_process_tells_it_itself(live: Live) -> None:
    answer = live.house.ask(METHOD, {})
    assert members(answer["result"]) == members(documented())
