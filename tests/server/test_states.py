"""What each state allows, and what a print tells, over a real WebSocket."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, built
from tests.server.running import Caller

PARAMS: dict[str, dict[str, Any]] = {
    "set_temp": {"bed": 40},
    "move_head_relative": {"x": 1},
    "move_head_absolute": {"x": 1},
    "retract_filament": {"head": 0, "length": 1},
    "unretract_filament": {"head": 0, "length": 1},
    "set_extrude_override": {"percent": 101},
    "set_speed_override": {"percent": 101},
    "set_fan_speed": {"fan": 0, "percent": 50},
}
MOVES = ("move_head_relative", "move_head_absolute", "home_head", "disable_steppers")
FILAMENT = ("retract_filament", "unretract_filament")
SETTINGS = ("set_temp", "set_extrude_override", "set_speed_override", "set_fan_speed")
JOB = ("pause_print", "resume_print", "cancel_print", "filament_swap_begin")
START, COMPLETE = "print_gcode_file", "filament_swap_complete"
EVERYTHING = (*MOVES, *FILAMENT, *SETTINGS, *JOB, COMPLETE, START, "enable_steppers")
LONG = "G28\nM302 P1\nG90\nM83\n" + "G1 X10 Y10 Z1 E.1 F600\nG1 X100 E1\n" * 2000

REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "READY": ((*JOB, COMPLETE), "has no job"),
    "EXECUTING": ((*MOVES, *FILAMENT, START, COMPLETE), "it is printing"),
    "PAUSED": ((*MOVES, *FILAMENT, START, COMPLETE), "has a paused print"),
    "FILAMENT_SWAP": ((*MOVES, START, "filament_swap_begin"), "is changing filament"),
    "ERROR": (EVERYTHING, "is stopped by an error: look at it, then reconnect"),
    "DISCONNECTED": (EVERYTHING, "is not connected"),
}
"""What is refused in each state, and words of most of the sentences."""
OTHER_WORDS = {
    COMPLETE: "is not changing filament",
    ("filament_swap_begin", "FILAMENT_SWAP"): "wait a moment",
}


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A board that leaves a change of filament to the host."""
    with tempfile.TemporaryDirectory(prefix="gb-") as root:
        live = built(Path(root), "--variant", "single")
        try:
            yield live
        finally:
            live.house.close()


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        await live.rest(client)
        yield client
        await live.rest(client)


async def enter(live: Live, client: Caller, state: str) -> None:
    """Bring the printer into `state`."""
    if state in ("EXECUTING", "PAUSED", "FILAMENT_SWAP"):
        await live.print(client, LONG)
        await live.pass_line(client, 6)
    if state == "PAUSED":
        assert await client.result("pause_print") is True
    elif state == "FILAMENT_SWAP":
        assert await client.result("filament_swap_begin") is True
    elif state == "ERROR":
        assert await client.result("emergency_stop") is True
    elif state == "DISCONNECTED":
        live.house.fault("unplug 3")
    await live.reach(client, state)


@pytest.mark.parametrize("state", REFUSED)
async def test_what_a_state_forbids_is_refused_with_what_the_printer_is_doing(
    live: Live, client: Caller, state: str
) -> None:
    record = await client.result("put_gcode_file", {"name": "other.gcode", "payload": "G28\n"})
    await enter(live, client, state)
    before = live.count()
    methods, words = REFUSED[state]
    for method in methods:
        params = {"id": record["id"]} if method == START else PARAMS.get(method, {})
        error = await client.error(method, params)
        assert error["code"] == -32000, (method, error)
        said = OTHER_WORDS.get((method, state)) or OTHER_WORDS.get(method) or words
        assert said in error["message"], (method, error)
        assert error["data"]["type"] == "WrongState"
    status = await live.reach(client, state)
    assert status["state"] == state
    if state == "READY":
        assert live.count() == before


SETS = """G28
M106 P1 S191
M107 P1
M220 S150
M221 S95
M84 X Y
M84
G1 X20 F6000
M18
"""


async def told_of(client: Caller, until: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every event up to the state change `until`, without temperatures and positions."""
    told: list[tuple[str, dict[str, Any]]] = []
    while not told or told[-1] != ("state_change", until):
        message = client.events.pop(0) if client.events else await client.next()
        if message.get("event") not in ("temp_update", "position_update", None):
            told.append((message["event"], message["params"]))
    return told


async def test_what_the_printed_file_sets_is_told_once_each_as_the_board_takes_it(
    live: Live, client: Caller
) -> None:
    await client.result("disable_steppers")
    assert await client.event("steppers_update") == {"enabled": False}
    await live.print(client, SETS)
    told = await told_of(client, {"old": "EXECUTING", "new": "READY"})
    assert [event for event in told if event[0] not in ("state_change", "progress_update")] == [
        ("steppers_update", {"enabled": True}),
        ("fan_speed_change", {"fan": 1, "percent": 75}),
        ("fan_speed_change", {"fan": 1, "percent": 0}),
        ("speed_override_change", {"percent": 150}),
        ("extrude_override_change", {"percent": 95}),
        ("steppers_update", {"enabled": False}),
        ("steppers_update", {"enabled": True}),
        ("steppers_update", {"enabled": False}),
    ]
    status = await live.reach(client, "READY")
    assert status["speed_override"] == {"percent": 150}
    assert status["extrude_override"] == {"percent": 95}
    assert status["steppers"] == {"enabled": False}


@pytest.mark.parametrize(("gcode", "total"), [(SETS, 9), ("; nothing but this\n", 0)])
async def test_progress_begins_with_the_print_and_ends_at_its_last_line(
    live: Live, client: Caller, gcode: str, total: int
) -> None:
    await live.print(client, gcode)
    told = await told_of(client, {"old": "EXECUTING", "new": "READY"})
    states = [params for name, params in told if name == "state_change"]
    assert states[0] == {"old": "READY", "new": "EXECUTING"}
    progress = [params for name, params in told if name == "progress_update"]
    assert progress[0] == {"current_line": 0, "total_lines": total}
    assert progress[-1] == {"current_line": total, "total_lines": total}
    status = await live.reach(client, "READY")
    assert status["progress"]["current"] == status["progress"]["total"] == total


async def test_a_printer_is_disconnected_with_its_heaters_off_until_somebody_connects(
    live: Live, client: Caller
) -> None:
    before = live.count()
    await client.result("set_temp", {"bed": 60, "nozzle1": 200})
    assert await client.result("connect") is True
    for _ in range(2):
        assert await client.result("disconnect") is True
        assert (await client.result("get_status"))["status"]["state"] == "DISCONNECTED"
    lines = await live.sent(before, lambda sent: "M140 S0" in sent)
    assert lines.index("M140 S60") < lines.index("M140 S0")
    assert "M104 T0 S0" in lines
    refused = await client.error("set_temp", {"bed": 40})
    assert "is not connected" in refused["message"]
    assert await client.result("connect") is True
    await live.reach(client, "READY")


async def test_no_print_is_disconnected_and_no_error_is_lost_by_it(
    live: Live, client: Caller
) -> None:
    await enter(live, client, "EXECUTING")
    refused = await client.error("disconnect", {"confirmed": True})
    assert (refused["code"], refused["data"]["type"]) == (-32000, "WrongState")
    assert "cancel that first" in refused["message"]
    await live.rest(client)
    await enter(live, client, "ERROR")
    assert await client.result("disconnect") is True
    await live.reach(client, "DISCONNECTED")
    live.house.fault("reset")
    assert await client.result("connect") is True
    await live.reach(client, "ERROR")
    assert await client.result("reconnect") is True
    await live.reach(client, "READY")


@pytest.mark.parametrize("state", ["READY", "EXECUTING", "PAUSED", "FILAMENT_SWAP", "ERROR"])
async def test_six_temperatures_come_again_and_again_as_numbers(
    live: Live, client: Caller, state: str
) -> None:
    await enter(live, client, state)
    client.events.clear()
    for _ in range(2):
        told = await client.event("temp_update")
        assert len(told) == 6
        for name, value in told.items():
            assert type(value) in (int, float), (state, name, value)


@pytest.mark.parametrize("way", ["filament_swap_complete", "resume_print"])
async def test_a_swap_is_begun_and_completed_and_the_print_goes_on(
    live: Live, client: Caller, way: str
) -> None:
    await enter(live, client, "EXECUTING")
    client.events.clear()
    before = live.count()
    assert await client.result("filament_swap_begin") is True
    await told_of(client, {"old": "EXECUTING", "new": "FILAMENT_SWAP"})
    for params in ({"head": 0, "length": 50, "rate": 10}, {"head": "0", "length": "20"}):
        assert await client.result("retract_filament", params) is True
        assert await client.result("unretract_filament", params) is True
    assert await client.result(way) is True
    await told_of(client, {"old": "FILAMENT_SWAP", "new": "EXECUTING"})
    lines = await live.sent(
        before, lambda sent: "G1 E50 F180" in sent and sent[-1].startswith("G1X100")
    )
    parked = lines.index("G1 E-100 F600")
    assert parked < lines.index("G1 E50 F600") < lines.index("G1 E50 F180")
