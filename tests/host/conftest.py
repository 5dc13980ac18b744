"""A printer process on a simulated board, in the process of the tests."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from gbterm import jsonrpc, lock
from gbterm.config import PrinterProfile
from gbterm.host import hosts
from gbterm.host.printer import PrinterProcess
from gbterm.host.spec import Spec
from tests.endtoend.house import House, built

GENEROUS_S = 90.0


async def wait_for(what: Callable[[], object]) -> None:
    """Wait for an outcome, while the printer process runs on the same loop."""
    deadline = time.monotonic() + GENEROUS_S
    while not what():
        assert time.monotonic() < deadline, f"not within {GENEROUS_S:g} s"
        await asyncio.sleep(0.02)


class Running:
    """The printer process `p` while it runs, asked over its socket."""

    def __init__(self, house: House, spec: Spec) -> None:
        self.house, self.spec = house, spec
        held = lock.take(spec.run_dir / hosts.PRINTER_LOCK)
        assert held is not None
        self.held = held
        self.process = PrinterProcess(spec, lambda: None, held)
        self.ended = asyncio.create_task(self.process.run(None))

    async def ask(self, text: bytes) -> dict[str, Any]:
        """The answer to the line `text`."""
        reader, writer = await asyncio.open_unix_connection(self.spec.run_dir / "printer.sock")
        try:
            writer.write(text + b"\n")
            answer: dict[str, Any] = json.loads(await reader.readline())
            return answer
        finally:
            writer.close()
            await writer.wait_closed()

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a call."""
        return await self.ask(jsonrpc.call(1, method, params).encode())

    async def state(self) -> dict[str, Any]:
        """The printer's state, as the wire has it."""
        state: dict[str, Any] = (await self.call("get_snapshot"))["result"]["state"]
        return state

    async def reach(self, phase: str) -> None:
        """Wait until the printer is in `phase`."""
        await self.until(lambda state: state["phase"] == phase)

    async def until(self, what: Callable[[dict[str, Any]], object]) -> None:
        """Wait until the printer's state is as expected."""
        deadline = time.monotonic() + GENEROUS_S
        while not what(state := await self.state()):
            assert time.monotonic() < deadline, state
            await asyncio.sleep(0.02)

    async def end(self) -> None:
        """Wait until the process has ended by itself."""
        async with asyncio.timeout(GENEROUS_S):
            await asyncio.shield(self.ended)

    def heard(self) -> list[str]:
        """What the board executed."""
        text = self.house.executed_log.read_text()
        whole = text[: text.rfind("\n") + 1]
        return [str(json.loads(line)["line"]) for line in whole.splitlines()]

    async def until_heard(self, what: Callable[[list[str]], object]) -> None:
        """Wait until the board, whose log is written late, executed what was expected."""
        await wait_for(lambda: what(self.heard()))


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


@pytest.fixture
async def running(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A process whose printer is READY; the board is as slow as a real one."""
    monkeypatch.setenv("XDG_STATE_HOME", house.environment["XDG_STATE_HOME"])
    await asyncio.to_thread(house.board, speed=1)
    spec = Spec("p", PrinterProfile(name="p", port=str(house.tty)), house.root / "data")
    spec.save()
    running = Running(house, spec)
    try:
        await wait_for((spec.run_dir / "printer.sock").exists)
        await running.reach("READY")
        yield running
    finally:
        running.process.end()
        await running.ended
        running.held.release()
