"""Console lines over real WebSockets, from a simulated board."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from gbterm.backends.capability import Capability
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines, Filter
from gbterm.errors import LinkError
from gbterm.model import Phase
from tests.server.live import Live
from tests.server.running import Caller, until

QUIET = ["ok", "temperatures", "busy"]


async def seen(client: Caller, *texts: str) -> list[dict[str, Any]]:
    """Lines from the next ones on, until each of `texts` was in one."""
    lines: list[dict[str, Any]] = []
    while not all(any(text in line["text"] for line in lines) for text in texts):
        lines += (await client.event("console_lines"))["lines"]
    return lines


async def test_who_subscribes_sees_what_goes_out_and_what_comes_in(
    live: Live, client: Caller
) -> None:
    async with await live.client() as plain, await live.client() as extended:
        greeting = await extended.result("hello", {"version": "1"})
        await extended.result("get_snapshot")
        assert await client.result("subscribe_console") is True
        await client.result("set_fan_speed", {"fan": 1, "percent": 75})
        lines = await seen(client, "M106 P1 S191*", "ok N")
        (sent,) = [line for line in lines if "M106" in line["text"] and line["direction"] == "out"]
        assert sent["text"].startswith("N")
        assert sent["at"] > 1.6e9
        assert await client.event("fan_speed_change") == {"fan": 1, "percent": 75}
        assert {line["direction"] for line in lines} == {"in", "out"}
        # Nobody else hears of it, and no number is missing in what the others hear.
        await extended.event("fan_changed")
        numbers = [message["seq"] for message in extended.events]
        assert "console_lines" not in [message["event"] for message in extended.events]
        assert sorted(numbers) == numbers
        assert min(numbers, default=greeting["seq"] + 1) > greeting["seq"]
        await plain.event("fan_speed_change")
        assert "console_lines" not in [message["event"] for message in plain.events]


async def test_each_client_has_its_own_filter(live: Live, client: Caller) -> None:
    async with await live.client() as other:
        await client.result("subscribe_console", {"hide": QUIET})
        await other.result("subscribe_console", {"contains": "hello"})
        await client.result("send_gcode", {"commands": "M105\nM117 Hello\nM117 bye"})
        mine = await seen(client, "M117 bye")
        texts = [line["text"] for line in mine]
        assert not [text for text in texts if text.startswith("ok") or "M105" in text]
        assert all("hello" in line["text"].lower() for line in await seen(other, "M117 Hello"))
        await other.result("send_gcode", {"commands": "M117 bye\nM117 Hello again"})
        assert all("hello" in line["text"].lower() for line in await seen(other, "Hello again"))
        assert await other.result("unsubscribe_console") is True
        assert await other.result("unsubscribe_console") is True
        other.events.clear()
        await client.result("send_gcode", {"commands": "M117 Hello once more"})
        await seen(client, "M117 Hello once more")
        await other.result("get_status")
        assert "console_lines" not in [message["event"] for message in other.events]


async def test_who_comes_late_gets_the_last_lines_first(live: Live, client: Caller) -> None:
    await client.result("send_gcode", {"commands": "M117 one\nM117 two"})
    for _ in range(2):
        # The second time from the server's own memory.
        async with await live.client() as late:
            await late.result("subscribe_console", {"backlog": KEPT, "contains": "M117"})
            lines = await seen(late, "M117 one", "M117 two")
            assert all("M117" in line["text"] for line in lines)
        await client.result("subscribe_console")
        await client.result("send_gcode", {"commands": "M117 three"})
        await seen(client, "M117 three")


async def test_passwords_are_kept_from_all(live: Live, client: Caller) -> None:
    await client.result("subscribe_console")
    await client.result("send_gcode", {"commands": 'M587 S"home" P"hunter2"\nM117 after'})
    lines = await seen(client, "M117 after")
    assert [line for line in lines if "M587" in line["text"] and "***" in line["text"]]
    assert not [line for line in lines if "hunter2" in line["text"]]


async def test_the_lines_of_a_print_come_in_their_order(live: Live, client: Caller) -> None:
    await client.result("subscribe_console", {"hide": [*QUIET]})
    gcode = "G28\nM302 P1\nG90\n" + "".join(f"G1 X{n} Y1 F9000\n" for n in range(1, 200))
    await live.print(client, gcode)
    sent: list[int] = []
    skipped = 0
    while not sent or sent[-1] < 199:
        batch = await client.event("console_lines")
        skipped += batch["skipped"]
        moves = [text for n in batch["lines"] if "Y1F" in (text := n["text"])]
        sent += [int(move.partition("G1X")[2].partition("Y")[0]) for move in moves]
    assert skipped == 0
    assert sent == list(range(1, 200))
    await live.reach(client, "READY")


async def test_the_client_of_gbterm_watches_over_every_restart(live: Live) -> None:
    backend = OpenGbBackend(f"unix:{live.house.run_dir / 'server.sock'}")
    await backend.connect()
    assert Capability.CONSOLE in backend.capabilities
    lines: list[ConsoleLine] = []
    words: list[ConsoleLine] = []

    phases: list[Phase] = []

    def take(batch: ConsoleLines) -> None:
        lines.extend(batch.lines)

    backend.subscribe(lambda _event, state: phases.append(state.phase))
    stop = await backend.watch_console(take, Filter(frozenset(QUIET)))
    other = await backend.watch_console(
        lambda batch: words.extend(batch.lines), Filter(contains="M117")
    )
    for role in ("server", "printer"):
        old = live.house.pid(role)
        lines.clear()
        phases.clear()
        os.kill(old, signal.SIGKILL)
        await until(lambda: set(phases) - {Phase.READY})
        await until(lambda: backend.state.phase is Phase.READY)
        word = f"M117 after the {role}"
        while True:
            try:
                await backend.send_gcode(word)
                break
            except LinkError:
                continue
        while not any(word in line.text for line in lines):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert len([n for n in lines if word in n.text and n.direction == "out"]) == 1
        assert [n.text for n in words if word in n.text and n.direction == "out"]
        assert not [n for n in lines if n.text.startswith("ok")]
    # The board was greeted anew, which nobody missed.
    assert [line for line in lines if "M115" in line.text]
    stop()
    other()
    lines.clear()
    await backend.send_gcode("M117 unseen")
    await backend.close()
    assert not [line for line in lines if "unseen" in line.text]
