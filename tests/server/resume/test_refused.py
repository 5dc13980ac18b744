"""A print that was lost doesn't go on where that makes no sense, or would harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, built
from tests.server.resume.squares import (
    FIRST,
    LAYERS,
    LINES,
    START,
    begin,
    gcode,
    job,
    lost,
    stay_cold,
    waiting,
)
from tests.server.running import Caller


async def test_without_a_print_that_was_lost(live: Live, client: Caller) -> None:
    for method in ("get_resume_point", "resume_job"):
        error = await client.error(method)
        assert error["code"] == -32000
        assert "has lost no print that could go on" in error["message"]
    await begin(live, client)
    for method in ("get_resume_point", "resume_job"):
        assert (await client.error(method))["code"] == -32000
    await client.result("cancel_print")
    await live.reach(client, "READY")
    assert (await client.error("get_resume_point"))["code"] == -32000
    await live.print(client, "G28\nG1 X5\n")
    await live.reach(client, "READY")
    assert (await client.error("get_resume_point"))["code"] == -32000


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"line": 0, "confirmed": True}, "Line 0 comes before the first layer"),
        ({"line": 1.5}, "line must be"),
        ({"line": "x"}, "line must be"),
        ({"line": True}, "line must be"),
        ({"z_mm": "high"}, "z_mm must be a number"),
        ({"z_mm": [1]}, "z_mm must be a number"),
        ({"confirmed": "yes"}, "confirmed must be"),
        ({"z_mm": 0}, "The height must be above 0"),
        ({"z_mm": -3}, "The height must be above 0"),
        ({"z_mm": 1e300}, "The height must be above 0, up to 10000 mm"),
        ({"z_mm": 201}, "The height must be above 0, up to 200 mm"),
        ({"line": 3, "confirmed": True}, "comes before the first layer"),
        ({"line": 10**6, "confirmed": True}, "last command is in line"),
        ([None, None, True, 4], "4"),
    ],
)
async def test_what_makes_no_sense(lost_print: Caller, params: Any, words: str) -> None:
    error = await lost_print.error("resume_job", params)
    assert error["code"] == -32602, error
    assert words in error["message"]
    assert (await lost_print.result("get_status"))["status"]["state"] == "READY"
    assert (await lost_print.result("get_resume_point"))["name"] == "squares.gcode"


@pytest.fixture(scope="module")
def shared() -> Iterator[Live]:
    with built() as live:
        yield live


@pytest.fixture
async def lost_print(shared: Live) -> AsyncIterator[Caller]:
    """A client of a printer that has lost a print."""
    async with await shared.client() as client:
        if "error" in await client.ask("get_resume_point"):
            await lost(shared, client)
        yield client


async def test_no_line_that_lies_deep_in_the_part(live: Live, client: Caller) -> None:
    await lost(live, client, FIRST + 80)
    point = await client.result("get_resume_point")
    line = LINES.index(";LAYER:1") + 1
    before = live.count()
    for params in ({"confirmed": True}, {"z_mm": point["z_mm"]}):
        error = await client.error("resume_job", {"line": line, **params})
        assert error["code"] == -32602
        assert f"name a line from {point['first_line']} on" in error["message"]
    assert not [line for line in await live.sent(before, lambda _: True) if line[0] == "G"]
    # The part was another's: the nozzle was measured as low as that.
    assert await client.result("resume_job", {"line": line, "z_mm": 1.5}) is True
    assert await client.result("cancel_print") is True


async def file_of(client: Caller) -> tuple[int, Path]:
    told = await job(client)
    return told["file_id"], Path(told["path"])


async def test_a_file_that_was_changed_or_is_gone(live: Live, client: Caller) -> None:
    await lost(live, client)
    before = live.count()
    _, path = await file_of(client)
    text = path.read_text()
    path.chmod(0o600)
    path.write_text(text.replace("E1.5 ", "E1.4 "))
    for method, params in (("get_resume_point", {}), ("resume_job", {"confirmed": True})):
        error = await client.error(method, params)
        assert error["code"] == -32002
        assert "was changed since its print stopped" in error["message"]
        assert (await client.result("get_status"))["status"]["state"] == "READY"
    path.unlink()
    for method, params in (("get_resume_point", {}), ("resume_job", {"confirmed": True})):
        assert (await client.error(method, params))["code"] == -32002
    path.write_text(text)
    assert (await client.result("get_resume_point"))["name"] == "squares.gcode"
    assert not [line for line in await live.sent(before, lambda _: True) if line[0] == "G"]


async def deletable(client: Caller, file_id: int) -> None:
    """Wait until the journal doesn't name the file any more."""
    while "error" in (answer := await client.ask("delete_gcode_file", {"id": file_id})):
        assert "belongs to a print" in answer["error"]["message"]
        await asyncio.sleep(0.05)


async def test_its_file_stays_until_it_is_given_up(live: Live, client: Caller) -> None:
    await lost(live, client)
    file_id, _ = await file_of(client)
    error = await client.error("delete_gcode_file", {"id": file_id})
    assert error["code"] == -32000
    assert "go on with the print or cancel it" in error["message"]
    assert await client.result("cancel_print") is True
    assert await waiting(client) == ""
    assert (await client.error("get_resume_point"))["code"] == -32000
    assert (await client.error("cancel_print"))["code"] == -32000
    await deletable(client, file_id)
    (remembered,) = (await client.result("get_job_history"))["jobs"]
    assert remembered["outcome"] == "failed"


async def test_another_print_takes_its_place(live: Live, client: Caller) -> None:
    await lost(live, client)
    file_id, _ = await file_of(client)
    await live.print(client, "G28\nG1 X5 F6000\n")
    await live.reach(client, "READY")
    assert (await client.error("get_resume_point"))["code"] == -32000
    await deletable(client, file_id)


async def test_paused_and_cancelled_on_its_way_back(live: Live, client: Caller) -> None:
    await lost(live, client, text=gcode(10 * LAYERS))
    assert await client.result("resume_job", {"confirmed": True}) is True
    assert await client.result("pause_print") is True
    await live.reach(client, "PAUSED")
    assert await client.result("resume_print") is True
    await live.reach(client, "EXECUTING")
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)
    await stay_cold(live, client)
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    assert await client.result("cancel_print") is True
    await live.reach(client, "READY")
    assert (await job(client))["outcome"] == "cancelled"
    said = await live.sent(before, lambda lines: "M107" in lines)
    assert not [line for line in said if line.startswith(("G1 X", "G28"))]
    assert (await client.error("get_resume_point"))["code"] == -32000


async def test_without_its_mesh_it_does_not_go_on(live: Live, client: Caller) -> None:
    """The board of the simulator was never levelled, as one that lost what it had probed."""
    text = gcode(start=["M420 S1" if line.startswith("M204") else line for line in START])
    await lost(live, client, text=text)
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    status = await live.reach(client, "ERROR")
    assert "lost the mesh of its bed" in (await client.result("get_snapshot"))["state"]["reason"]
    assert status["state"] == "ERROR"
    said = await live.sent(before, lambda lines: "M107" in lines)
    assert not [line for line in said if line.startswith("G92 E")]


async def test_a_temperature_that_only_a_hand_has_set_is_not_guessed(
    live: Live, client: Caller
) -> None:
    start = ["M302 P1", *(line for line in START if "S190" not in line)]
    await lost(live, client, text=gcode(start=start))
    for method, params in (("get_resume_point", {}), ("resume_job", {"confirmed": True})):
        error = await client.error(method, params)
        assert error["code"] == -32002
        assert "does not say how hot nozzle 1 must be" in error["message"]
    await live.reach(client, "READY")
