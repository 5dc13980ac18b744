"""Going on with a print that was lost, over a real WebSocket, at the line where it stopped."""

from __future__ import annotations

from tests.server.live import Live, built
from tests.server.resume.squares import (
    FIRST,
    LAYERS,
    LINES,
    TEXT,
    begin,
    commands_from,
    feed_before,
    finished,
    is_over,
    job,
    lost,
    phase,
    printed,
    resumed_whole,
    stands_before,
    waiting,
)
from tests.server.running import Caller, until


async def test_what_is_documented(live: Live, client: Caller) -> None:
    await lost(live, client)
    first = await job(client)
    assert first["outcome"] == "failed"
    assert await waiting(client) == "squares.gcode"
    point = await client.result("get_resume_point")
    assert point["name"] == "squares.gcode"
    assert point["file_id"] == first["file_id"]
    assert FIRST <= point["first_line"] <= point["start_line"] <= point["last_line"]
    assert LINES[point["start_line"] - 1] in (f"G1 Z{point['layer']} F600", "G1 X10 Y10 F3000")
    assert point["lines"] == len(LINES) - 1
    assert (point["nozzles"], point["bed"]) == ({"0": 190}, 50)
    assert 1 <= point["z_mm"] <= point["highest_mm"] <= LAYERS
    error = await client.error("resume_job")
    assert (error["code"], error["message"]) == (-32004, point["question"])
    assert f"goes on at line {point['start_line']}" in point["question"]
    assert await phase(client) == "READY"
    before = live.count()
    assert await client.result("resume_job", [None, None, True]) is True
    assert await waiting(client) == ""
    resumed = await job(client)
    assert resumed["id"] != first["id"]
    assert (resumed["file_id"], resumed["outcome"]) == (first["file_id"], "")
    assert resumed["elapsed_s"] >= first["elapsed_s"]
    assert (await client.result("get_status"))["status"]["state"] == "EXECUTING"
    await finished(live, client)
    said = await live.sent(before, is_over)
    z, x, y, e = stands_before(point["start_line"])
    start = said.index("M190 S50")
    above = float(said[start + 6].split()[1][1:])
    assert point["z_mm"] + 5 <= above <= point["highest_mm"] + 5
    way = [
        *("M190 S50", "M109 T0 S190"),
        *("G21", "G90", f"G92.9 Z{point['z_mm']:.3f}", f"G92 Z{point['z_mm']:.3f}"),
        *(f"G1 Z{above:.3f} F600", "G28 X Y", "M204 P900"),
        *("M83", "G1 E3 F180", "G21", "G90", f"G1 Z{above:.3f} F600"),
        *(f"G1 X{x:.3f} Y{y:.3f} F6000", f"G1 Z{z:.3f} F600", f"G92 E{e:.5f}", "M106 P0 S128"),
        *("M220 S100", "M221 T0 S100", "M221 T1 S100", "M82", feed_before(point["start_line"])),
    ]
    assert said[start : start + len(way)] == way
    assert printed(said[start + len(way) : -1]) == commands_from(point["start_line"])
    finished_job, lost_job = (await client.result("get_job_history"))["jobs"]
    assert (finished_job["outcome"], lost_job["outcome"]) == ("finished", "failed")
    assert (finished_job["id"], lost_job["id"]) == (resumed["id"], first["id"])
    assert finished_job["fraction"] == 1
    assert (await client.error("get_resume_point"))["code"] == -32000


async def test_it_is_asked_after_the_board_is_back_and_not_before(
    live: Live, client: Caller
) -> None:
    await begin(live, client)
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    assert (await client.result("get_resume_point"))["name"] == "squares.gcode"
    error = await client.error("resume_job", {"confirmed": True})
    assert error["code"] == -32000
    assert "stopped by an error" in error["message"]
    assert (await client.error("cancel_print"))["code"] == -32000
    await live.rest(client)
    assert await client.result("resume_job", {"confirmed": True}) is True
    await finished(live, client)


async def test_from_another_line_and_another_height(live: Live, client: Caller) -> None:
    await lost(live, client)
    line = FIRST + 45
    before = live.count()
    assert await client.result("resume_job", {"line": line, "z_mm": 3.25}) is True
    way = await resumed_whole(live, client, before, line)
    assert "G92 Z3.250" in way


async def test_where_it_was_homed_since_is_where_it_is(live: Live, client: Caller) -> None:
    """Told of a nozzle beside its foot, the height of the print swept it through the part."""
    await begin(live, client)
    await client.result("babystep", {"z": -0.1})
    await until(lambda: live.house.ask("get_snapshot")["result"]["state"]["babystep_mm"] == -0.1)
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)
    stopped = await client.result("get_resume_point")
    assert stopped["z_mm"] >= 1
    await client.result("home_head")
    await client.result("send_gcode", {"commands": "G1 Z0.5"})
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    way = await resumed_whole(live, client, before, stopped["start_line"])
    assert [line for line in way if line.startswith("G92 Z")] == ["G92 Z0.500"]
    assert [line for line in way if line.startswith("M290")] == ["M290 Z-0.1"]
    lift = next(line for line in way if line.startswith("G1 Z"))
    assert float(lift.split()[1][1:]) >= stopped["highest_mm"] + 4


async def test_lost_in_a_pause_it_goes_on_with_the_next_line(live: Live, client: Caller) -> None:
    await begin(live, client)
    await client.result("pause_print")
    await live.reach(client, "PAUSED")
    paused_at = (await job(client))["line"]
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)
    point = await client.result("get_resume_point")
    assert point["first_line"] == point["last_line"] == point["start_line"] > paused_at
    aside = stands_before(point["start_line"])[0] + 20
    assert (point["z_mm"], point["highest_mm"]) == (aside, aside)
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await resumed_whole(live, client, before, point["start_line"])


LIMITED = """
[printer.bench]
port = "ROOT/tty"
z_home = "max"
[printer.bench.limits]
nozzle_max = 180
"""


async def test_z_is_homed_where_its_endstop_is_at_the_top() -> None:
    with built(config=LIMITED.replace("180", "280")) as live:
        async with await live.client() as client:
            await lost(live, client)
            point = await client.result("get_resume_point")
            assert "Z, X and Y are homed" in point["question"]
            before = live.count()
            assert await client.result("resume_job", {"confirmed": True}) is True
            way = await resumed_whole(live, client, before, point["start_line"])
            assert [line for line in way if line.startswith("G28")] == ["G28 Z", "G28 X Y"]
            assert not [line for line in way if line.startswith("G92 Z")]


async def test_no_target_of_the_file_lifts_a_limit() -> None:
    with built(config=LIMITED) as live:
        async with await live.client() as client:
            record = await client.result("put_gcode_file", {"name": "a.gcode", "payload": TEXT})
            before = live.count()
            error = await client.error("print_gcode_file", {"id": record["id"]})
            assert error["code"] == -32002
            assert "line 2, 'M104 S190' heats the nozzle beyond its limit" in error["message"]
            assert not [line for line in await live.sent(before, lambda _: True) if "190" in line]
            await live.reach(client, "READY")
