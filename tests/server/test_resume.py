"""Going on with a print that was lost, over a real WebSocket, on a board that shows what it did."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from gbterm.host import journal
from gbterm.host.hosts import JOURNAL
from tests.endtoend.house import GENEROUS_S
from tests.independent_gcode import Canonical, canonical
from tests.server.live import Live, built
from tests.server.running import Caller, until

START = ["M140 S50", "M104 S190", "M190 S50", "M109 S190", "G28", "G90", "M82", "M204 P900"]
START += ["M106 S128", "G92 E0"]
LAYERS = 6


def gcode(layers: int = LAYERS, start: list[str] = START) -> str:
    """Squares of 100 mm above each other; on the board of these tests each takes a while."""
    lines, e = [*start], 0.0
    for layer in range(layers):
        lines += [f";LAYER:{layer}", f"G1 Z{layer + 1} F600", "G1 X10 Y10 F3000"]
        for x, y in ((110, 10), (110, 110), (10, 110), (10, 10)) * 5:
            e += 1.5
            lines.append(f"G1 X{x} Y{y} E{e:g} F900")
    return "\n".join([*lines, "M104 S0", "M140 S0", "M107", ""])


TEXT = gcode()
LINES = TEXT.split("\n")
FIRST = len(START) + 1
"""The line that the first layer begins with."""


@pytest.fixture
def live() -> Iterator[Live]:
    with built() as live:
        yield live


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        yield client


async def begin(live: Live, client: Caller, line: int = FIRST + 30, text: str = TEXT) -> None:
    await live.print(client, text, "squares.gcode")
    await live.pass_line(client, line)


async def lost(live: Live, client: Caller, line: int = FIRST + 30, text: str = TEXT) -> None:
    """The board is reset in the middle of a print, and its user has looked after that."""
    await begin(live, client, line, text)
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)


async def stay_cold(live: Live, client: Caller) -> None:
    """The bed is cold and warms no more, so that a way back waits for it."""
    live.house.fault("unprotected")
    live.house.fault("heater-disconnected bed")
    while (await client.result("get_snapshot"))["state"]["bed"]["current"] > 45:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def again(live: Live) -> Caller:
    """A client of whichever server there is, once its printer is in ERROR."""
    deadline = time.monotonic() + GENEROUS_S
    while True:
        try:
            client = await live.client()
            await live.reach(client, "ERROR")
        except (OSError, WebSocketException):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        else:
            return client


async def job(client: Caller) -> dict[str, Any]:
    told: dict[str, Any] = (await client.result("get_job"))["job"]
    return told


async def phase(client: Caller) -> str:
    return str((await client.result("get_snapshot"))["state"]["phase"])


async def waiting(client: Caller) -> str:
    """The print that every client knows to be waiting."""
    return str((await client.result("get_snapshot"))["state"]["lost_print"])


async def finished(live: Live, client: Caller) -> None:
    await live.reach(client, "READY")
    assert (await job(client))["outcome"] == "finished"


def is_over(lines: list[str]) -> bool:
    """Whether the board has made what came after the file's last command; the log lags."""
    return "M104 S0" in lines and lines[-1] == "M400"


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


def stands_before(line: int) -> list[float]:
    """Z, X, Y and E after all lines before `line`."""
    at = dict.fromkeys("ZXYE", 0.0)
    for text in LINES[: line - 1]:
        if text.startswith("G1"):
            at |= {word[0]: float(word[1:]) for word in text.split()[1:]}
    return [at[axis] for axis in "ZXYE"]


def feed_before(line: int) -> str:
    """As `G1 F900`; a layer begins with a move and a travel, each at a rate of its own."""
    words = [word for text in LINES[: line - 1] for word in text.split()]
    return f"G1 {[word for word in words if word.startswith('F')][-1]}"


def printed(said: list[str]) -> list[Canonical]:
    return [canonical(line) for line in said]


def commands_from(line: int) -> list[Canonical]:
    found = [canonical(text) for text in LINES[line - 1 :]]
    return [command for command in found if command.code]


async def resumed_whole(live: Live, client: Caller, before: int, line: int) -> list[str]:
    """The print goes on to its end, and the board has got every command from `line` on once."""
    await finished(live, client)
    said = (await live.sent(before, is_over))[:-1]
    wanted = commands_from(line)
    assert printed(said[-len(wanted) :]) == wanted
    way = said[: -len(wanted)]
    assert [text for text in way if text.startswith("G28")][-1] == "G28 X Y"
    assert way[-1].startswith("G1 F")
    return way


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


async def deletable(client: Caller, file_id: int) -> None:
    """Wait until the journal doesn't name the file any more."""
    while "error" in (answer := await client.ask("delete_gcode_file", {"id": file_id})):
        assert "belongs to a print" in answer["error"]["message"]
        await asyncio.sleep(0.05)


def written(live: Live) -> int:
    """How far the print is by its journal."""
    job = journal.read(live.house.run_dir / JOURNAL).job
    return 0 if job is None else job.command


async def test_another_print_takes_its_place(live: Live, client: Caller) -> None:
    await lost(live, client)
    file_id, _ = await file_of(client)
    await live.print(client, "G28\nG1 X5 F6000\n")
    await live.reach(client, "READY")
    assert (await client.error("get_resume_point"))["code"] == -32000
    await deletable(client, file_id)


async def test_it_outlives_all_processes(live: Live, client: Caller) -> None:
    await begin(live, client)
    await until(lambda: written(live) > FIRST)
    await until(lambda: all_killed(live))
    live.house.serve()
    async with await again(live) as other:
        first = await other.result("get_resume_point")
        assert first["first_line"] <= first["start_line"] <= first["last_line"]
    await until(lambda: all_killed(live))
    live.house.serve()
    async with await again(live) as other:
        assert await other.result("get_resume_point") == first
        await other.result("reconnect")
        await live.reach(other, "READY")
        assert await waiting(other) == "squares.gcode"
        before = live.count()
        assert await other.result("resume_job", {"confirmed": True}) is True
        await resumed_whole(live, other, before, first["start_line"])


def all_killed(live: Live) -> bool:
    """Whether no process of the host is left; each brings the others back."""
    for serving in live.house.processes[1:]:
        serving.kill()
    left = [*live.house.pids("server"), *live.house.pids("printer")]
    for number in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return not left


async def test_lost_once_more_while_it_goes_on(live: Live, client: Caller) -> None:
    await lost(live, client, FIRST + 10)
    first = await client.result("get_resume_point")
    assert await client.result("resume_job", {"confirmed": True}) is True
    await live.pass_line(client, FIRST + 75)
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)
    second = await client.result("get_resume_point")
    assert second["start_line"] > first["last_line"]
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await resumed_whole(live, client, before, second["start_line"])
    outcomes = [found["outcome"] for found in (await client.result("get_job_history"))["jobs"]]
    assert outcomes == ["finished", "failed", "failed"]


async def test_lost_once_more_on_the_way_back(live: Live, client: Caller) -> None:
    """While the nozzle heats it stands where it stood, and not a line more was printed."""
    await lost(live, client)
    first = await client.result("get_resume_point")
    await stay_cold(live, client)
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await live.sent(before, lambda lines: "M190 S50" in lines)
    live.house.fault("reset")
    live.house.fault("heater-connected bed")
    await live.reach(client, "ERROR")
    assert not [line for line in await live.sent(before, lambda _: True) if line[0] == "G"]
    await live.rest(client)
    second = await client.result("get_resume_point")
    assert second["start_line"] == second["first_line"] == first["start_line"]
    assert (second["z_mm"], second["highest_mm"]) == (first["z_mm"], first["z_mm"])
    before = live.count()
    assert await client.result("resume_job", {"confirmed": True}) is True
    await resumed_whole(live, client, before, first["start_line"])


@pytest.fixture
def slow() -> Iterator[Live]:
    """A board that takes its time, so that the journal keeps up."""
    with built("--speed", "40") as live:
        yield live


@pytest.mark.parametrize("last", ["M190 S50", "G28 X Y"])
async def test_a_crash_on_the_way_back(slow: Live, last: str) -> None:
    """The board lives on, and knows where the nozzle is."""
    live = slow
    async with await live.client() as client:
        await lost(live, client, FIRST + 5)
        first = await client.result("get_resume_point")
        if last.startswith("M190"):
            await stay_cold(live, client)
        before = live.count()
        assert await client.result("resume_job", {"confirmed": True}) is True
        resumed = await job(client)
        await live.sent(before, lambda lines: last in lines)
        await until(lambda: noted_id(live) == resumed["id"])
        live.house.kill("printer")
    live.house.fault("heater-connected bed")
    async with await again(live) as other:
        await other.result("reconnect")
        await live.reach(other, "READY")
        second = await other.result("get_resume_point")
        assert second["start_line"] == first["start_line"]
        before = live.count()
        assert await other.result("resume_job", {"confirmed": True}) is True
        way = await resumed_whole(live, other, before, first["start_line"])
    told = [float(line[5:]) for line in way if line.startswith("G92 Z")]
    assert told == [second["z_mm"]]
    assert first["z_mm"] <= told[0] <= first["highest_mm"] + 5


def noted_id(live: Live) -> str:
    job = journal.read(live.house.run_dir / JOURNAL).job
    return "" if job is None else job.id


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


LIMITED = """
[printer.bench]
port = "ROOT/tty"
z_home = "max"
[printer.bench.limits]
nozzle_max = 180
"""


async def test_no_target_of_the_file_lifts_a_limit() -> None:
    with built(config=LIMITED) as live:
        async with await live.client() as client:
            record = await client.result("put_gcode_file", {"name": "a.gcode", "payload": TEXT})
            before = live.count()
            error = await client.error("print_gcode_file", {"id": record["id"]})
            assert error["code"] == -32002
            assert "line 2, 'M104 S190', heats the nozzle beyond its limit" in error["message"]
            assert not [line for line in await live.sent(before, lambda _: True) if "190" in line]
            await live.reach(client, "READY")


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
