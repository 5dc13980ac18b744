"""A Marlin backend in the process of the test, on a simulated board in another."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.config import PrinterProfile
from gbterm.events import Event, PhaseChanged
from gbterm.model import Phase, PrinterState

GENEROUS_S = 90.0


class Printing:
    """The backend, what it went through, and what the board executed."""

    def __init__(self, backend: MarlinBackend, log: Path) -> None:
        self.backend = backend
        self.phases: list[Phase] = []
        self._log = log
        backend.subscribe(self._heard)

    def _heard(self, event: Event, _state: PrinterState) -> None:
        if isinstance(event, PhaseChanged):
            self.phases.append(event.phase)

    async def until(self, what: Callable[[PrinterState], object]) -> None:
        """Wait until the printer's state is as expected, be it for a moment."""
        reached = asyncio.Event()

        def look(_event: Event, state: PrinterState) -> None:
            if what(state):
                reached.set()

        stop = self.backend.subscribe(look)
        try:
            if not what(self.backend.state):
                async with asyncio.timeout(GENEROUS_S):
                    await reached.wait()
        except TimeoutError:
            raise AssertionError(f"not reached: {self.backend.state}") from None
        finally:
            stop()

    async def reach(self, phase: Phase) -> None:
        """Wait until the printer is in `phase`."""
        await self.until(lambda state: state.phase is phase)

    async def asked(self, text: str) -> None:
        """Wait until the printer asks `text`."""
        await self.until(lambda state: state.prompt is not None and text in state.prompt.text)

    async def start(self, gcode: str) -> None:
        """Print a file that holds `gcode`."""
        path = self._log.with_name("job.gcode")
        path.write_text(gcode)
        await self.backend.start_job(path, path.name)

    async def executed(self, what: Callable[[list[str]], object]) -> list[str]:
        """What the board executed, once its log, which is written late, is as expected."""
        deadline = time.monotonic() + GENEROUS_S
        while True:
            text = self._log.read_text()
            whole = text[: text.rfind("\n") + 1].splitlines()
            lines = [str(json.loads(line)["line"]) for line in whole]
            if what(lines):
                return lines
            assert time.monotonic() < deadline, lines
            await asyncio.sleep(0.02)


@asynccontextmanager
async def board(folder: Path, *options: str) -> AsyncIterator[Path]:
    """The port of a simulated board, which logs to `folder`/executed."""
    port = folder / "port"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gbterm.simulator", "--link", str(port)),
        *("--log", str(folder / "executed"), *options),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"READY")
        yield port
    finally:
        process.terminate()
        await process.communicate()


def inject(control: Path, fault: str) -> None:
    """Make something go wrong on the board that listens at `control`."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(control))
        client.sendall(fault.encode() + b"\n")
        assert client.recv(100).startswith(b"ok")


@asynccontextmanager
async def printer(
    port: str, log: Path, *, estop_reset: str = "", links: Path | None = None
) -> AsyncIterator[Printing]:
    """A backend that is connected to `port`; udev's links are those in `links`."""
    backend = MarlinBackend(PrinterProfile(name="p", port=port, estop_reset=estop_reset))
    if links is not None:
        backend.port.links = links
    printing = Printing(backend, log)
    try:
        await backend.connect()
        yield printing
    finally:
        await backend.close()
