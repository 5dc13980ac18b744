"""A real printer to ask: a simulated board, a host on it, and its server's WebSocket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.client import connect

from tests.endtoend import house
from tests.endtoend.house import GENEROUS_S, OF_THE_HOST, House
from tests.server.running import Caller


class Live:
    """A house with its server, and clients of it."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def client(self) -> Caller:
        """A new client, which never says hello."""
        return Caller(await connect(f"ws://{self.house.listen()}/ws", proxy=None))

    def count(self) -> int:
        """How many lines the board has executed so far."""
        return len(self._lines())

    async def sent(self, since: int, until: Callable[[list[str]], object]) -> list[str]:
        """What the board executed after its line `since`, once it is as expected."""
        deadline = time.monotonic() + GENEROUS_S
        while not until(lines := self._lines()[since:]):
            assert time.monotonic() < deadline, lines
            await asyncio.sleep(0.02)
        return lines

    def _lines(self) -> list[str]:
        text = self.house.executed_log.read_text()
        entries = map(json.loads, text[: text.rfind("\n") + 1].splitlines())
        lines = [entry["line"] for entry in entries if "via" not in entry]
        return [line for line in lines if not line.startswith(OF_THE_HOST)]

    async def print(self, client: Caller, gcode: str, name: str = "job.gcode") -> None:
        """Upload and start a print."""
        record = await client.result("put_gcode_file", {"name": name, "payload": gcode})
        assert await client.result("print_gcode_file", {"id": record["id"]}) is True

    async def pass_line(self, client: Caller, line: int) -> None:
        """Wait until the print is past command `line`."""
        deadline = time.monotonic() + GENEROUS_S
        while True:
            status = (await client.result("get_status"))["status"]
            if status["progress"]["current_line"] >= line:
                return
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.02)

    async def reach(self, client: Caller, state: str) -> dict[str, Any]:
        """Wait for a state; the status then."""
        deadline = time.monotonic() + GENEROUS_S
        while True:
            status: dict[str, Any] = (await client.result("get_status"))["status"]
            if status["state"] == state:
                return status
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.05)

    async def rest(self, client: Caller) -> None:
        """Be READY again, whatever was going on."""
        state = (await client.result("get_status"))["status"]["state"]
        if state == "ERROR":
            self.house.fault("reset")
        elif state == "DISCONNECTED":
            # Its cable may be out for good.
            self.house.fault("unplug 0.1")
        if state in ("ERROR", "DISCONNECTED"):
            deadline = time.monotonic() + GENEROUS_S
            while "error" in (told := await client.ask("reconnect")):  # it boots
                assert time.monotonic() < deadline, told
                await asyncio.sleep(0.2)
        elif state != "READY":
            await client.ask("cancel_print")
        await self.reach(client, "READY")


@contextmanager
def built(*options: str, config: str = "", **environment: str) -> Iterator[Live]:
    """A board, as a variant where `options` say so, served as configured, and ended afterwards.

    `ROOT` in `config` stands for the folder of it all.
    """
    with house.built() as own:
        own.environment |= environment
        (own.root / "config/gbterm").mkdir(parents=True)
        (own.root / "config/gbterm/config.toml").write_text(config.replace("ROOT", str(own.root)))
        own.board(*options)
        own.serve()
        yield Live(own)
