"""What each state allows, and what a print tells, over a real WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.api import Params, made
from tests.server.api_extensions import CONFIG, EXTENSIONS, a_copy
from tests.server.api_opengb import OPENGB
from tests.server.live import Live, built
from tests.server.running import Caller

SERVED = OPENGB | EXTENSIONS
OF_ONE_NOZZLE: dict[str, dict[str, Any]] = {"set_temp": {"bed": 40}}
"""Examples for a board that has one."""
COPY: dict[str, Any] = {"name": "summer"}
OF_A_COPY: dict[str, dict[str, Any]] = {
    "compare_settings_copy": COPY,
    "restore_settings_copy": COPY | {"confirmed": True},
    "delete_settings_copy": COPY,
}
"""Examples of a copy that was made before: for a new one the board is asked."""
LONG = (
    "G28\nM302 P1\nG90\nM83\n;LAYER:0\n"
    + "G1 X10 Y10 Z1 E.1 F600\nG1 X100 E1\n" * 2000
    + ";LAYER:1\nG1 X10 Z2 E1\n"
)

REFUSED = {
    "READY": "has no job",
    "EXECUTING": "it is printing",
    "PAUSED": "has a paused print",
    "FILAMENT_SWAP": "is changing filament",
    "ERROR": "is stopped by an error: look at it, then reconnect",
    "DISCONNECTED": "is not connected",
}
"""Words of most refusals in a state; those of others follow."""
OTHER_WORDS = {
    "filament_swap_complete": "is not changing filament",
    ("filament_swap_begin", "FILAMENT_SWAP"): "wait a moment",
    "answer_prompt": "asks nothing now",
    "reconnect": "is being printed: cancel it first",
    "disconnect": "is printing: cancel that first",
    "run_command": "may not run during a print",
}
ELSEWHERE = {
    *("print_gcode_file", "pause_print", "resume_print", "cancel_print", "emergency_stop"),
    *("filament_swap_begin", "filament_swap_complete", "reconnect", "disconnect", "connect"),
    "answer_prompt",
    *(name for name in EXTENSIONS if name.endswith("_upload")),
}
"""What leads to another state is accepted in tests of its own; an upload concerns no printer."""


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A board that leaves a change of filament to the host."""
    with built("--variant", "single", config=CONFIG) as live:
        yield live


async def enter(live: Live, client: Caller, state: str) -> None:
    """Bring the printer into `state`."""
    if state == "READY":
        await client.result("send_gcode", {"commands": "G28"})
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
        live.house.fault("unplug")
    await live.reach(client, state)


@pytest.mark.parametrize("state", REFUSED)
async def test_each_state_accepts_what_it_may_and_refuses_the_others(
    live: Live, client: Caller, state: str
) -> None:
    await client.result("put_gcode_file", OPENGB["put_gcode_file"].example)
    assert await a_copy(client) == "summer"
    await enter(live, client, state)
    before = live.count()
    accepted = [name for name, method in SERVED.items() if state in method.states]
    for name in [name for name in SERVED if name not in accepted]:
        error = await client.error(name, await example(client, name))
        assert error["code"] == -32000, (name, error)
        words = OTHER_WORDS.get((name, state)) or OTHER_WORDS.get(name) or REFUSED[state]
        assert words in error["message"], (name, error)
        assert error["data"]["type"] == "WrongState"
    if state == "READY":
        assert live.count() == before
    for name in [name for name in accepted if name not in ELSEWHERE]:
        answer = await client.ask(name, await example(client, name))
        assert "error" not in answer, (name, answer)
    await live.reach(client, state)


async def example(client: Caller, name: str) -> dict[str, Any]:
    return await made(client, (OF_ONE_NOZZLE | OF_A_COPY).get(name) or SERVED[name].example)


@pytest.mark.parametrize("params", [{}, None])
async def test_a_print_is_driven_as_documented(live: Live, client: Caller, params: Params) -> None:
    await enter(live, client, "EXECUTING")
    for method, state in (
        *(("pause_print", "PAUSED"), ("pause_print", "PAUSED")),
        *(("resume_print", "EXECUTING"), ("resume_print", "EXECUTING")),
        *(("filament_swap_begin", "FILAMENT_SWAP"), ("filament_swap_complete", "EXECUTING")),
        *(("pause_print", "PAUSED"), ("filament_swap_begin", "FILAMENT_SWAP")),
        *(("resume_print", "EXECUTING"), ("filament_swap_begin", "FILAMENT_SWAP")),
        *(("answer_prompt", "EXECUTING"), ("cancel_print", "READY")),
    ):
        given = SERVED[method].example or params
        assert await client.result(method, given) is True, method
        # On its way the print is EXECUTING to clients of OpenGB, and begins no swap.
        while (await client.result("get_snapshot"))["state"]["phase"] != state:
            pass


@pytest.mark.parametrize("layers", [[2], ["2"]])
async def test_a_pause_before_a_layer_is_set_in_a_print(
    live: Live, client: Caller, layers: list[Any]
) -> None:
    await enter(live, client, "EXECUTING")
    assert await client.result("set_pause_layers", {"layers": layers}) is True
    told = (await client.result("get_job"))["job"]
    assert (told["pause_layers"], told["layer"], told["layers"]) == ([2], 1, 2)
    begun = await client.error("set_pause_layers", [[1]])
    assert (begun["code"], "Layer 1 has begun already" in begun["message"]) == (-32000, True)
    none = await client.error("set_pause_layers", [[3]])
    assert (none["code"], "layers 1 to 2, and no layer 3" in none["message"]) == (-32602, True)


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
