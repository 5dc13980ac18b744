"""The printer's methods over a real WebSocket, each to the lines that its board executed."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.server.live import Live
from tests.server.running import Caller

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
