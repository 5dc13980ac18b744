"""Presets, macros and commands of the configuration, over a real WebSocket to a simulated board."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, built
from tests.server.running import Caller, until

CONFIG = r"""
[preset.PLA]
nozzle = 210
bed = 60
[preset."warm bed"]
bed = 45
[preset.oven]
bed = 40
chamber = 50

[preset.off]
nozzle = 0

[macro.where]
gcode = "M114 ; where is the head"
description = "where the head is"
[macro.lift]
gcode = '''
G91
G1 Z1 F600
G90
'''
confirm = "Is nothing above the head?"
key = "ctrl+u"
[macro.melt]
gcode = "M104 S400"
[macro.store]
gcode = "M500"

[command.greet]
run = ["/bin/sh", "-c", "printf 'a\\033[2Jb\\nö\\n'; echo no >&2; cat; exit 3"]
confirm = "Greet everybody?"
description = "says something"
safe = true
timeout_s = 20
[command.env]
run = ["/usr/bin/env"]
[command.hang]
run = ["/bin/sh", "-c", "echo going on; sleep 300 & echo $! > ROOT/hang; wait"]
timeout_s = 5
[command.wait]
run = ["/bin/sh", "-c", "echo $$ > ROOT/wait; while [ -e ROOT/wait ]; do sleep 0.05; done"]
safe = true
[command.flood]
run = ["/bin/sh", "-c", "head -c 10000000 /dev/zero | tr '\\0' x | fold -w 1000; echo; echo last"]
[command.leave]
run = ["/bin/sh", "-c", "sleep 300 & echo $! > ROOT/leave; echo left"]
[command.absent]
run = ["/nowhere/at all"]
[command.dies]
run = ["/bin/sh", "-c", "kill -9 $$"]
"""
LONG = "G28\nG90\n" + "G1 X10 F600\nG1 X100\n" * 2000


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with built(config=CONFIG, SECRET_TOKEN="hidden") as live:
        yield live


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or read
        return False


async def pid_in(path: Path) -> int:
    def written() -> str:
        return path.read_text().strip() if path.exists() else ""

    await until(written)
    return int(written())


async def test_what_there_is_is_told_and_never_what_is_run(client: Caller) -> None:
    assert await client.result("get_presets") == {
        "presets": [
            {"name": "PLA", "nozzle": 210, "bed": 60, "chamber": None},
            {"name": "warm bed", "nozzle": None, "bed": 45, "chamber": None},
            {"name": "oven", "nozzle": None, "bed": 40, "chamber": 50},
            {"name": "off", "nozzle": 0, "bed": None, "chamber": None},
        ]
    }
    macros = (await client.result("get_macros"))["macros"]
    assert [macro["name"] for macro in macros] == ["where", "lift", "melt", "store"]
    assert macros[1] == {
        "name": "lift",
        "gcode": ["G91", "G1 Z1 F600", "G90"],
        "confirm": "Is nothing above the head?",
        "key": "ctrl+u",
        "description": "",
    }
    commands = (await client.result("get_commands"))["commands"]
    assert commands[0] == {
        "name": "greet",
        "confirm": "Greet everybody?",
        "description": "says something",
        "safe": True,
        "timeout_s": 20,
    }
    assert len(commands) == 8
    capabilities = await client.result("get_capabilities")
    assert "ACTIONS" in capabilities["capabilities"]
    assert {"apply_preset", "run_macro", "run_command"} <= set(capabilities["methods"])


@pytest.mark.parametrize(
    ("params", "lines"),
    [
        ({"name": "PLA"}, ["M104 T0 S210", "M104 T1 S210", "M140 S60"]),
        ({"name": "PLA", "nozzle": 2}, ["M104 T1 S210", "M140 S60"]),
        (["warm bed"], ["M140 S45"]),
    ],
)
async def test_a_preset_sets_its_targets(
    live: Live, client: Caller, params: Any, lines: list[str]
) -> None:
    before = live.count()
    assert await client.result("apply_preset", params) is True
    assert await live.sent(before, lambda sent: len(sent) >= len(lines)) == lines


async def test_a_chamber_gets_its_target_where_there_is_one(live: Live, client: Caller) -> None:
    before = live.count()
    error = await client.error("set_temp", {"chamber": 50})
    assert error["message"] == "This printer has no heated chamber."
    assert await client.result("apply_preset", {"name": "oven"}) is True
    assert await live.sent(before, len) == ["M140 S40"]
    # The board has none either, but its words make no difference.
    await client.result("send_gcode", {"commands": "M118 T:21.0 /0.0 B:20.0 /0.0 C:24.0 /0.0"})
    assert await client.result("apply_preset", {"name": "oven"}) is True
    assert await client.result("set_temp", {"chamber": "35"}) is True
    lines = ["M140 S40", "M140 S40", "M141 S50", "M141 S35"]
    assert await live.sent(before, lambda sent: len(sent) >= 4) == lines
    error = await client.error("set_temp", {"chamber": 101})
    assert error["message"] == "The chamber may be set from 0 to 100 °C, not to 101."


async def test_a_preset_that_takes_the_heat_from_a_print_needs_agreement(
    live: Live, client: Caller
) -> None:
    cool = {"name": "off"}
    assert await client.result("apply_preset", cool) is True
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    before = live.count()
    error = await client.error("apply_preset", cool)
    assert (error["code"], error["message"]) == (
        -32004,
        "off turns heaters off, and the print goes on without their heat. Set it?",
    )
    assert not [line for line in await live.sent(before, len) if line.startswith("M104")]
    assert await client.result("apply_preset", cool | {"confirmed": True}) is True
    await live.sent(before, lambda sent: "M104 T0 S0" in sent)
    await client.result("cancel_print")
    await live.reach(client, "READY")


async def test_a_macro_is_sent_and_what_the_board_says_comes_back(
    live: Live, client: Caller
) -> None:
    (reply,) = (await client.result("run_macro", {"name": "where"}))["replies"]
    assert reply["command"] == "M114"
    assert reply["lines"][0].startswith("X:")


async def test_a_macro_with_a_question_waits_for_the_answer(live: Live, client: Caller) -> None:
    before = live.count()
    error = await client.error("run_macro", {"name": "lift"})
    assert (error["code"], error["message"]) == (-32004, "Is nothing above the head?")
    replies = (await client.result("run_macro", {"name": "lift", "confirmed": True}))["replies"]
    assert [reply["command"] for reply in replies] == ["G91", "G1 Z1 F600", "G90"]
    assert await live.sent(before, lambda sent: len(sent) >= 3) == ["G91", "G1 Z1 F600", "G90"]


async def test_a_macro_is_held_to_what_holds_for_typed_commands(live: Live, client: Caller) -> None:
    hot = await client.error("run_macro", {"name": "melt"})
    assert (hot["code"], "from 0 to 300 °C, not to 400" in hot["message"]) == (-32602, True)
    stored = await client.error("run_macro", {"name": "store"})
    assert (stored["code"], stored["message"]) == (
        -32004,
        "The macro store holds 'M500', which stores the present settings in the printer. Run it?",
    )
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    moving = await client.error("run_macro", {"name": "lift", "confirmed": True})
    assert (moving["code"], "between the lines of the print" in moving["message"]) == (-32000, True)


async def test_a_command_whose_program_is_missing_says_so(client: Caller) -> None:
    error = await client.error("run_command", {"name": "absent"})
    assert error["code"] == -32602
    assert "absent can't be started: No such file or directory" in error["message"]


async def test_a_command_that_is_agreed_to_runs_and_its_output_is_fit_to_be_shown(
    client: Caller,
) -> None:
    error = await client.error("run_command", {"name": "greet"})
    assert (error["code"], error["message"]) == (-32004, "Greet everybody?")
    result = await client.result("run_command", {"name": "greet", "confirmed": True})
    assert result == {"exit_code": 3, "output": ["a?[2Jb", "ö", "no"]}
    assert await client.result("run_command", {"name": "dies"}) == {"exit_code": -9, "output": []}


async def test_a_command_sees_nothing_that_the_server_keeps_to_itself(client: Caller) -> None:
    lines = (await client.result("run_command", {"name": "env"}))["output"]
    names = {line.partition("=")[0] for line in lines}
    assert "PATH" in names
    assert not [name for name in names if "TOKEN" in name or name.startswith(("GBTERM", "XDG_S"))]


async def test_a_command_that_hangs_is_killed_with_its_children(live: Live, client: Caller) -> None:
    error = await client.error("run_command", {"name": "hang"})
    assert error["code"] == -32007
    assert error["message"] == "The command hang was killed after 5 s. It wrote last: going on"
    child = await pid_in(live.house.root / "hang")
    await until(lambda: not is_alive(child))


async def test_of_much_output_the_end_is_kept(client: Caller) -> None:
    result = await client.result("run_command", {"name": "flood"})
    assert (result["exit_code"], result["output"][-1]) == (0, "last")
    kept = sum(len(line) + 1 for line in result["output"])
    assert 60_000 < kept <= 64 << 10


async def test_who_stays_in_the_background_keeps_nobody_waiting(live: Live, client: Caller) -> None:
    assert await client.result("run_command", {"name": "leave"}) == {
        "exit_code": 0,
        "output": ["left"],
    }
    left = await pid_in(live.house.root / "leave")
    assert is_alive(left)
    os.kill(left, signal.SIGKILL)


async def test_a_command_runs_once_at_a_time(live: Live, client: Caller) -> None:
    async with await live.client() as other:
        waiting = asyncio.create_task(other.result("run_command", {"name": "wait"}))
        await pid_in(live.house.root / "wait")
        error = await client.error("run_command", {"name": "wait"})
        assert (error["code"], error["message"]) == (
            -32000,
            "The command wait runs already: wait for its end.",
        )
        (live.house.root / "wait").unlink()
        assert await waiting == {"exit_code": 0, "output": []}


async def test_beside_a_print_only_what_is_safe_runs(live: Live, client: Caller) -> None:
    await live.print(client, LONG)
    await live.reach(client, "EXECUTING")
    error = await client.error("run_command", {"name": "env"})
    assert (error["code"], "may not run during a print" in error["message"]) == (-32000, True)
    assert (await client.result("run_command", ["greet", True]))["exit_code"] == 3
    await client.result("pause_print")
    await live.reach(client, "PAUSED")
    assert (await client.error("run_command", {"name": "env"}))["code"] == -32000
    await client.result("cancel_print")
    await live.reach(client, "READY")
    assert (await client.result("run_command", {"name": "env"}))["exit_code"] == 0


async def test_a_command_ends_with_the_server(live: Live) -> None:
    notice, ended = live.house.run_dir / "server.json", live.house.pid("server")
    async with await live.client() as client:
        await live.rest(client)
        waiting = asyncio.create_task(client.ask("run_command", {"name": "wait"}))
        running = await pid_in(live.house.root / "wait")
        os.kill(ended, signal.SIGTERM)
        await asyncio.wait([waiting])
        assert waiting.exception() is not None
    await until(lambda: not is_alive(running))
    (live.house.root / "wait").unlink()
    await until(lambda: live.house.pids("server") not in ([], [ended]) and notice.exists())
