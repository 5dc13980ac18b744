"""The printer process's own socket, asked directly, as docs/wire.md has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gbterm import jsonrpc
from gbterm.console_lines import KEPT
from tests.host.conftest import Running
from tests.server.api import is_like
from tests.server.api_extensions import EXTENSIONS


class Line:
    """A connection that is kept, for what belongs to one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._calls = 0
        self.texts: list[str] = []
        """The console lines that came, those to the board after `>`."""

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a call."""
        self._calls += 1
        self._writer.write(jsonrpc.call(self._calls, method, params).encode() + b"\n")
        while (message := await self.next()).get("id") != self._calls:
            pass
        return message

    async def next(self) -> dict[str, Any]:
        """The next message of any kind."""
        message: dict[str, Any] = json.loads(await self._reader.readline())
        if message.get("event") == "console_lines":
            for line in message["params"]["lines"]:
                self.texts.append("<>"[line["direction"] == "out"] + line["text"])
        return message

    async def hear(self, text: str) -> list[str]:
        """Wait for a line with `text`; those that hold it."""
        while not (found := [line for line in self.texts if text in line]):
            await self.next()
        return found


@pytest.fixture
async def line(running: Running) -> AsyncIterator[Line]:
    path = running.spec.run_dir / "printer.sock"
    reader, writer = await asyncio.open_unix_connection(path, limit=1 << 22)
    yield Line(reader, writer)
    writer.close()
    await writer.wait_closed()


async def test_who_subscribes_there_gets_every_line_on_that_connection_alone(
    running: Running, line: Line
) -> None:
    assert (await line.ask("subscribe_console", backlog=KEPT))["result"] is True
    greeted = await line.hear("M115")
    assert greeted[0].startswith(">N")
    assert (await running.call("send_gcode", commands="M117 hello"))["result"] == {
        "replies": [{"command": "M117 hello", "lines": []}]
    }
    assert len(await line.hear("M117 hello")) == 1
    assert (await line.ask("unsubscribe_console"))["result"] is True
    line.texts.clear()
    await running.call("send_gcode", commands="M117 unseen")
    await line.ask("get_status")
    assert line.texts == []
    filtered = await line.ask("subscribe_console", hide=["ok"])
    assert "knows no parameter hide" in filtered["error"]["message"]


async def test_babysteps_wait_for_a_homing_and_end_at_their_bounds(running: Running) -> None:
    refused = (await running.call("babystep", z=0.1))["error"]
    assert (refused["code"], "Home Z first" in refused["message"]) == (-32000, True)
    assert (await running.call("home_head", x=False, y=False))["result"] is True
    assert (await running.call("babystep", z="0.1"))["result"] is True
    await running.until(lambda state: state["babystep_mm"] == 0.1)
    assert (await running.call("babystep", z=0.6))["error"]["code"] == -32602
    typed = (await running.call("send_gcode", commands="M290 Z0.6"))["error"]
    assert (typed["code"], typed["data"]["type"]) == (-32602, "OutOfRange")
    missing = (await running.call("babystep"))["error"]
    assert "needs the parameter z" in missing["message"]


async def test_the_port_is_closed_and_opened_on_request(running: Running) -> None:
    counted = (await running.call("get_stream_statistics"))["result"]
    assert is_like(counted, EXTENSIONS["get_stream_statistics"].result)
    await running.call("set_temp", nozzle1=200)
    await running.until(lambda state: state["nozzles"][0]["target"] == 200)
    for _ in range(2):
        assert (await running.call("disconnect"))["result"] is True
        state = await running.state()
        assert (state["phase"], "Somebody" in state["reason"]) == ("DISCONNECTED", True)
    assert running.heard().count("M104 T0 S0") == 1
    refused = (await running.call("send_gcode", commands="M114"))["error"]
    assert (refused["code"], "is not connected" in refused["message"]) == (-32000, True)
    assert (await running.call("disconnect", confirmed="yes"))["error"]["code"] == -32602
    closed = (await running.call("get_stream_statistics"))["result"]
    assert closed["since"] == counted["since"]
    assert closed["oks"] > counted["oks"]
    for _ in range(2):
        assert (await running.call("connect"))["result"] is True
        await running.reach("READY")
    opened = (await running.call("get_stream_statistics"))["result"]
    assert opened["since"] > counted["since"]


async def test_layers_to_pause_at_need_a_print(running: Running) -> None:
    refused = (await running.call("set_pause_layers", layers=[2]))["error"]
    assert (refused["code"], "has no job" in refused["message"]) == (-32000, True)
    wrong = (await running.call("set_pause_layers", layers=2))["error"]
    assert "layers must be a list of whole numbers from 0" in wrong["message"]


async def test_what_the_server_keeps_is_not_asked_for_there(running: Running) -> None:
    served = (await running.call("get_capabilities"))["result"]["methods"]
    others = [name for name in EXTENSIONS if name not in served]
    assert {"get_presets", "run_macro", "get_job_history", "get_layers"} <= set(others)
    for name in others:
        error = (await running.call(name))["error"]
        assert (error["code"], name in error["message"]) == (-32601, True)
    array = b'{"jsonrpc": "2.0", "id": 1, "method": "babystep", "params": [0.1]}'
    assert (await running.ask(array))["error"]["code"] in (-32600, -32602)
