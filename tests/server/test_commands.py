"""The printer's methods over a real WebSocket, each to the lines that its board executed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, built
from tests.server.running import Caller


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    # Not below tmp_path: a socket's path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gb-") as root:
        live = built(Path(root))
        try:
            yield live
        finally:
            live.house.close()


@pytest.fixture
async def client(live: Live) -> AsyncIterator[Caller]:
    async with await live.client() as client:
        await live.rest(client)
        yield client


DOCUMENTED: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "set_temp",
        {"bed": 105, "nozzle1": 206, "nozzle2": 203},
        ["M104 T0 S206", "M104 T1 S203", "M140 S105"],
    ),
    (
        "move_head_relative",
        {"x": 13.2, "y": -2, "z": 0.03, "rate": 60},
        ["G91", "G1 X13.2 Y-2 Z0.03 F3600", "G90"],
    ),
    (
        "move_head_absolute",
        {"x": 105, "y": 80, "z": 20, "rate": 60},
        ["G90", "G1 X105 Y80 Z20 F3600", "G90"],
    ),
    ("home_head", {"x": True, "y": True, "z": False}, ["G28 X Y"]),
    (
        "retract_filament",
        {"head": 0, "length": 5, "rate": 300},
        ["M83", "G1 E-5 F18000", "M82"],
    ),
    (
        "unretract_filament",
        {"head": 0, "length": 5, "rate": 300},
        ["M83", "G1 E5 F18000", "M82"],
    ),
    ("set_extrude_override", {"percent": 120}, ["M221 S120 T0", "M221 S120 T1"]),
    ("set_speed_override", {"percent": 120}, ["M220 S120"]),
    ("set_fan_speed", {"fan": 1, "percent": 75}, ["M106 P1 S191"]),
    ("enable_steppers", {}, ["M17"]),
    ("disable_steppers", {}, ["M18"]),
]
OTHERWISE: list[tuple[str, Any, list[str]]] = [
    ("set_temp", {"bed": "40"}, ["M140 S40"]),
    ("set_temp", [None, "1"], ["M104 T0 S1"]),
    ("set_temp", {"bed": None, "nozzle2": 0}, ["M104 T1 S0"]),
    ("move_head_relative", {"x": 10}, ["G91", "G1 X10 F18000", "G90"]),
    ("move_head_relative", ["-1.5", 0, None, 20], ["G91", "G1 X-1.5 Y0 F1200", "G90"]),
    ("move_head_absolute", {"z": 5}, ["G90", "G1 Z5 F18000", "G90"]),
    ("home_head", None, ["G28 X Y Z"]),
    ("home_head", [False, False], ["G28 Z"]),
    (
        "retract_filament",
        {"head": "0", "length": "4.5", "rate": "2"},
        ["M83", "G1 E-4.5 F120", "M82"],
    ),
    ("retract_filament", [0, 3], ["M83", "G1 E-3 F18000", "M82"]),
    ("unretract_filament", [1, 3, 2], ["T1 S1", "M83", "G1 E3 F120", "M82", "T0 S1"]),
    ("set_extrude_override", ["87.5"], ["M221 S87.5 T0", "M221 S87.5 T1"]),
    ("set_extrude_override", {"percent": 95, "nozzle": 2}, ["M221 S95 T1"]),
    ("set_speed_override", [250], ["M220 S250"]),
    ("set_speed_override", {"percent": "12.5"}, ["M220 S12.5"]),
    ("set_fan_speed", [2, "100"], ["M106 P2 S255"]),
    ("set_fan_speed", {"fan": 0, "percent": 33.3}, ["M106 P0 S85"]),
    ("enable_steppers", None, ["M17"]),
    ("disable_steppers", [], ["M18"]),
]


@pytest.mark.parametrize(
    ("method", "params", "lines"),
    [
        *DOCUMENTED,
        *[(method, list(p.values()), lines) for method, p, lines in DOCUMENTED],
        *OTHERWISE,
    ],
)
async def test_a_call_is_answered_true_and_the_board_executes_it(
    live: Live, client: Caller, method: str, params: Any, lines: list[str]
) -> None:
    before = live.count()
    assert await client.result(method, params) is True
    assert await live.sent(before, lambda sent: len(sent) >= len(lines)) == lines


WRONG: list[tuple[str, Any, str]] = [
    ("set_temp", {"bed": "hot"}, "bed must be a number, not 'hot'"),
    ("set_temp", {"bed": True}, "bed must be a number"),
    ("set_temp", {"bed": float("nan")}, "bed must be a number"),
    ("set_temp", {"bed": -5}, "from 0 to 150"),
    ("set_temp", {"nozzle1": 9999}, "from 0 to 300"),
    ("set_temp", {"nozzle3": 200}, "There is no nozzle 3: this printer has 2"),
    ("set_temp", {"lamp": 1}, "no parameter lamp"),
    ("move_head_relative", {"x": [1]}, "x must be a number"),
    ("move_head_relative", {"x": 1, "rate": 0}, "0.01 to 500 mm/s, not 0"),
    ("move_head_relative", {"x": 1e9}, "up to 10000 mm"),
    ("move_head_absolute", {"e": 1}, "no parameter e"),
    ("move_head_absolute", {"x": 1, "rate": 501}, "0.01 to 500 mm/s, not 501"),
    ("home_head", {"x": 1}, "x must be true or false, not 1"),
    ("home_head", {"x": "true"}, "x must be true or false"),
    ("home_head", [True, True, True, True], "takes 3 parameters, not 4"),
    ("retract_filament", {"head": 0}, "needs the parameter length"),
    ("retract_filament", {"length": 5}, "needs the parameter head"),
    ("retract_filament", {"head": 2, "length": 5}, "There is no nozzle 3"),
    ("retract_filament", {"head": 0.5, "length": 5}, "head must be a whole number"),
    ("retract_filament", {"head": 0, "length": -5}, "length must be from 0"),
    ("retract_filament", {"head": 0, "length": 201}, "by 200 mm at most, not by 201"),
    ("unretract_filament", {"head": -1, "length": 5}, "head must be a whole number from 0"),
    ("unretract_filament", {"head": 0, "length": "long"}, "length must be a number"),
    ("unretract_filament", {"head": 0, "length": 5, "rate": -1}, "0.01 to 500 mm/s"),
    ("set_extrude_override", None, "needs the parameter percent"),
    ("set_extrude_override", {"percent": 0}, "1 to 999 %, not 0"),
    ("set_extrude_override", {"percent": 100, "nozzle": 3}, "There is no nozzle 3"),
    ("set_extrude_override", {"percent": 100, "nozzle": 0}, "There is no nozzle 0"),
    ("set_speed_override", {"percent": "fast"}, "percent must be a number, not 'fast'"),
    ("set_speed_override", {"percent": 1000}, "1 to 999 %, not 1000"),
    ("set_fan_speed", {"fan": 1}, "needs the parameter percent"),
    ("set_fan_speed", {"fan": 3, "percent": 50}, "There is no fan 3: they are numbered 0 to 2"),
    ("set_fan_speed", {"fan": 0, "percent": 101}, "0 to 100 %, not to 101"),
    ("set_fan_speed", {"fan": "left", "percent": 50}, "fan must be a whole number"),
    ("enable_steppers", {"x": True}, "no parameter x"),
    ("disable_steppers", [1], "takes 0 parameters, not 1"),
    ("pause_print", ["now"], "takes 0 parameters"),
    ("resume_print", {"id": 1}, "no parameter id"),
    ("cancel_print", [0], "takes 0 parameters"),
    ("emergency_stop", {"really": True}, "no parameter really"),
    ("get_status", {"of": "bed"}, "no parameter of"),
]


@pytest.mark.parametrize(("method", "params", "words"), WRONG)
async def test_a_wrong_value_gets_a_sentence_and_reaches_no_board(
    live: Live, client: Caller, method: str, params: Any, words: str
) -> None:
    before = live.count()
    error = await client.error(method, params)
    assert error["code"] == -32602
    assert words in error["message"]
    assert error["message"].endswith(".")
    assert await client.result("enable_steppers") is True
    assert await live.sent(before, len) == ["M17"]


EVENTS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("set_fan_speed", {"fan": 1, "percent": 75}, "fan_speed_change", {"fan": 1, "percent": 75}),
    ("set_fan_speed", {"fan": 1, "percent": 75}, "fan_speed_change", {"fan": 1, "percent": 75}),
    ("set_fan_speed", {"fan": 1, "percent": 33.3}, "fan_speed_change", {"fan": 1, "percent": 33.3}),
    ("set_fan_speed", {"fan": 2, "percent": 0}, "fan_speed_change", {"fan": 2, "percent": 0}),
    ("enable_steppers", {}, "steppers_update", {"enabled": True}),
    ("enable_steppers", {}, "steppers_update", {"enabled": True}),
    ("disable_steppers", {}, "steppers_update", {"enabled": False}),
    ("set_extrude_override", {"percent": 120}, "extrude_override_change", {"percent": 120}),
    ("set_extrude_override", {"percent": 99.5}, "extrude_override_change", {"percent": 99.5}),
    ("set_speed_override", {"percent": 120}, "speed_override_change", {"percent": 120}),
    ("set_speed_override", {"percent": 87.5}, "speed_override_change", {"percent": 87.5}),
    # A move switches the motors on.
    ("move_head_absolute", {"x": 31, "rate": 50}, "steppers_update", {"enabled": True}),
    ("move_head_relative", {}, "position_update", {"x": 31, "y": 0, "z": 0}),
    ("move_head_relative", {"y": 2.5}, "position_update", {"x": 31, "y": 2.5, "z": 0}),
    ("home_head", {"x": False, "z": False}, "position_update", {"x": 31, "y": 0, "z": 0}),
]


async def test_each_change_is_told_once_to_every_client_as_the_board_took_it(
    live: Live, client: Caller
) -> None:
    before = live.count()
    await client.result("set_extrude_override", {"percent": 100})
    await client.result("set_speed_override", {"percent": 100})
    await live.sent(before, lambda sent: "M220 S100" in sent)
    await client.result("home_head")
    while (await client.result("get_status"))["status"]["position"] != {"x": 0, "y": 0, "z": 0}:
        pass
    await client.result("send_gcode", {"commands": "M118 E1 homed"})
    client.events.clear()
    async with await live.client() as other:
        for asked in EVENTS:
            method, params, name, told = asked
            assert await client.result(method, params) is True
            for listener in (client, other):
                assert await listener.event(name) == told, asked
        status = await live.reach(client, "READY")
        assert (status["fan_speed"]["1"], status["fan_speed"]["2"]) == (33.3, 0)
        assert status["speed_override"] == {"percent": 87.5}
        assert status["extrude_override"] == {"percent": 99.5}
        assert status["steppers"] == {"enabled": True}
        names = [message["event"] for message in (*client.events, *other.events)]
        assert set(names) <= {"temp_update", "position_update"}, names


async def test_a_homing_and_a_jog_are_told_of_even_where_the_head_was_there_before(
    client: Caller,
) -> None:
    await client.result("home_head")
    await client.result("send_gcode", {"commands": "M118 E1 homed"})
    for method, params in (("home_head", {}), ("move_head_absolute", {"x": 0})):
        client.events.clear()
        await client.result(method, params)
        assert await client.event("position_update") == {"x": 0, "y": 0, "z": 0}
    client.events.clear()
    await client.result("send_gcode", {"commands": "M114"})
    assert "position_update" not in [message["event"] for message in client.events]


async def test_a_babystep_moves_the_nozzle_and_is_told_of(live: Live, client: Caller) -> None:
    await client.result("hello", {"version": "1"})
    await client.result("home_head")
    before = live.count()
    start = (await client.result("get_snapshot"))["state"]["babystep_mm"]
    assert await client.result("babystep", {"z": "-0.05"}) is True
    assert await client.event("babystep_changed") == {"mm": start - 0.05}
    assert "M290 Z-0.05" in await live.sent(before, lambda sent: "M290 Z-0.05" in sent)
    assert await client.result("babystep", [0.05]) is True
    assert await client.event("babystep_changed") == {"mm": start}
    error = await client.error("babystep", {"z": 0.6})
    assert (error["code"], error["data"]["type"]) == (-32602, "OutOfRange")
    assert "needs the parameter z" in (await client.error("babystep"))["message"]
    assert "BABYSTEP" in (await client.result("get_capabilities"))["capabilities"]


async def test_the_overrides_of_a_board_are_known_to_a_process_that_finds_it(
    live: Live, client: Caller
) -> None:
    before = live.count()
    await client.result("set_speed_override", {"percent": 150})
    await client.result("set_extrude_override", {"percent": 95})
    await live.sent(before, lambda sent: "M221 S95 T1" in sent)
    old = live.house.kill("printer")
    while live.house.pids("printer") in ([], [old]):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    status = await live.reach(client, "READY")
    assert status["speed_override"] == {"percent": 150}
    assert status["extrude_override"] == {"percent": 95}


SWAPPED = "M302 P1\nM104 S200\nG28\nG90\nM83\n" + "G1 X10 Y10 Z1 E.1 F6000\nG1 X100 E1\n" * 200


async def test_one_call_completes_a_swap_of_the_boards_own_whatever_it_asks(
    live: Live, client: Caller
) -> None:
    before = live.count()
    await live.print(client, SWAPPED)
    await live.sent(before, lambda sent: any(line.startswith("G1X100") for line in sent))
    assert await client.result("filament_swap_begin") is True
    await live.reach(client, "FILAMENT_SWAP")
    while "error" in (answer := await client.ask("filament_swap_complete")):
        # The board has not asked for it yet.
        assert "wait for its question" in answer["error"]["message"]
    await live.reach(client, "READY")
    lines = await live.sent(before, lambda sent: sent[-1] == "M400")
    assert lines.count("M600") == 1
    assert len([line for line in lines if line.startswith("G1X100")]) == 200
