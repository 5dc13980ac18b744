"""What clients are told without asking, and what one of them can't do to the others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gbterm import events
from gbterm.backends.opengb.replica import TEXT_MAX
from gbterm.jobs import Job
from gbterm.model import Message, Phase, Position, Temperature
from gbterm.server.admission import Rules
from gbterm.server.outbox import UNREAD_MAX
from tests.server.running import Running, raw_client

SIX = {f"{name}_{what}" for name in ("bed", "nozzle1", "nozzle2") for what in ("current", "target")}


async def test_temperatures_come_again_and_again_though_nothing_changes(running: Running) -> None:
    async with await running.tcp() as client:
        for _ in range(3):
            assert await client.event("temp_update") == dict.fromkeys(SIX, 0) | {
                "bed_current": 21.5,
                "bed_target": 0,
            }
        hot = events.TemperaturesReported({0: Temperature(199.876, 200.0)}, Temperature(40.0, 60.0))
        running.device.publish(hot)
        while (told := await client.event("temp_update"))["bed_current"] != 40:
            pass
        assert (told["nozzle1_current"], told["nozzle1_target"]) == (199.876, 200)


async def test_a_client_that_never_said_hello_gets_opengbs_events_only(running: Running) -> None:
    job = Job("box.gcode", lines=140, bytes=1000, commands=100)
    async with await running.tcp() as client:
        await client.result("get_status")
        for event in (
            events.MessageReported(Message("not for OpenGB")),
            events.PhaseChanged(Phase.STARTING),
            events.PhaseChanged(Phase.EXECUTING),
            events.JobChanged(job),
            events.JobChanged(replace(job, line=140, command=100, outcome="finished")),
            events.PositionReported(Position(1.0, -2.5, None)),
            events.FanChanged(1, 75.0),
            events.FanChanged(1, 75.0),
            events.SteppersChanged(True),
            events.FlowChanged(120.0),
            events.SpeedChanged(87.5),
            events.PhaseChanged(Phase.READY),
        ):
            running.device.publish(event)
        told: list[tuple[str, dict[str, Any]]] = []
        while not told or told[-1][1].get("new") != "READY":
            message = await client.next()
            assert "seq" not in message
            if message["event"] != "temp_update":
                told.append((message["event"], message["params"]))
    assert told == [
        ("state_change", {"old": "READY", "new": "EXECUTING"}),
        ("progress_update", {"current_line": 0, "total_lines": 100}),
        ("progress_update", {"current_line": 100, "total_lines": 100}),
        ("position_update", {"x": 1, "y": -2.5, "z": 0}),
        ("fan_speed_change", {"fan": 1, "percent": 75}),
        ("fan_speed_change", {"fan": 1, "percent": 75}),
        ("steppers_update", {"enabled": True}),
        ("extrude_override_change", {"percent": 120}),
        ("speed_override_change", {"percent": 87.5}),
        ("state_change", {"old": "EXECUTING", "new": "READY"}),
    ]


async def test_after_hello_every_event_comes_once_and_numbered(running: Running) -> None:
    async with await running.unix() as client:
        hello = await client.result("hello", {"version": "9.9", "role": "new"})
        assert hello["protocol"] == 1
        assert hello["state"]["phase"] == "READY"
        for number in range(50):
            running.device.publish(events.MessageReported(Message(str(number))))
        for number in range(50):
            message = await client.next()
            assert message["event"] == "message_reported"
            assert message["params"]["message"]["text"] == str(number)
            assert message["seq"] == hello["seq"] + number + 1
        snapshot = await client.result("get_snapshot")
        assert snapshot["seq"] == hello["seq"] + 50
        assert snapshot["state"]["messages"][-1]["text"] == "49"


async def test_an_event_that_got_lost_makes_the_server_ask_again(running: Running) -> None:
    async with await running.unix() as client:
        await client.result("hello")
        running.device.publish(events.PhaseChanged(Phase.EXECUTING), is_lost=True)
        running.device.publish(events.FanChanged(0, 10.0))
        await client.event("state_replaced")
        state = (await client.result("get_snapshot"))["state"]
        assert (state["phase"], state["fans"]) == ("EXECUTING", {"0": 10.0})


async def test_a_client_that_does_not_read_is_dropped_and_slows_nobody(running: Running) -> None:
    deaf, loop = await raw_client(running), asyncio.get_running_loop()
    # A masked text frame with the mask 0: hello, then never a read again.
    hello = b'{"jsonrpc":"2.0","id":1,"method":"hello"}'
    frame = bytes((0x81, 0x80 | len(hello))) + bytes(4) + hello
    await loop.sock_sendall(deaf, frame)
    text = "x" * TEXT_MAX
    count = 2 * UNREAD_MAX // len(text)
    async with await running.unix() as client:
        await client.result("hello")
        for number in range(count):
            running.device.publish(events.MessageReported(Message(text)))
            seen = await client.next()
            assert seen["params"]["message"]["text"] == text, number
    received = 0
    try:
        while piece := await loop.sock_recv(deaf, 1 << 20):
            received += len(piece)
    except ConnectionResetError:
        pass
    assert received < UNREAD_MAX
    deaf.close()


async def test_a_frame_beyond_the_limit_ends_that_connection_only() -> None:
    async with Running(rules=Rules(max_message=10_000)) as running, await running.unix() as other:
        async with await running.unix() as client:
            await client.connection.send("x" * 10_001)
            await client.connection.wait_closed()
            assert client.connection.close_code == 1009
        assert await other.result("get_status")


@pytest.mark.parametrize("is_text", [True, False])
async def test_a_frame_that_is_no_text_ends_that_connection_only(is_text: bool) -> None:
    async with Running() as running, await running.unix() as other:
        async with await running.unix() as client:
            await client.connection.send(b'{"id": 1, "method": "\xff"}', text=is_text)
            await client.connection.wait_closed()
            assert client.connection.close_code == 1007
        assert await other.result("get_status")
