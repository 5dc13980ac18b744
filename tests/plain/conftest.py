"""A conversation of the plain mode: lines typed to it, lines told by it."""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gbterm.backends.base import Backend
from gbterm.cli.elsewhere import Elsewhere
from gbterm.errors import UsageError
from gbterm.plain.session import Session
from tests.endtoend.house import House
from tests.memory_backend import MemoryBackend

WITHIN_S = 90.0

LONG_PRINT = b"M302 P1\nG28\n" + b"G1 X10 F600\nG1 X100\n" * 2000
"""It goes on for longer than anybody looks at it."""


@dataclass(frozen=True)
class There:
    """A printer that is there already."""

    client: Backend
    attach: str = "gbterm --plain"
    starts: str = ""
    key_file: Path = Path("/nowhere/key")
    unkept: str = ""
    kept_key: str = ""

    def with_key(self, key: str) -> There:
        """The printer is shown it."""
        assert isinstance(self.client, MemoryBackend)
        self.client.key = key
        return self

    def keeping_key(self) -> There:
        """It is kept."""
        return replace(self, attach=f"gbterm --key-file {self.key_file}")

    def backend(self) -> Backend:
        """The printer."""
        return self.client


class Talk:
    """One conversation. What was waited for is not found again."""

    def __init__(
        self, backend: Backend, folder: Path, house: House | None, at_terminal: bool
    ) -> None:
        self.told: list[str] = []
        self.backend, self.folder, self.house = backend, folder, house
        self.others: dict[str, Backend] = {}
        """By the option and value that mean them."""
        self.session = Session(
            There(backend),
            self.told.append,
            opens=self._open,
            watches=Elsewhere(Namespace()).backend_of,
            at_terminal=at_terminal,
        )
        self._read = 0

    def _open(self, option: str, value: str) -> There:
        try:
            return There(self.others[f"{option} {value}"])
        except KeyError:
            raise UsageError(f"No printer is called {value!r}.") from None

    def type(self, *lines: str) -> None:
        """Type lines, as the terminal hands them over."""
        for line in lines:
            self.session.inbox.room.acquire()
            self.session.heard(line)

    async def until(self, done: Callable[[], object]) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + WITHIN_S
        while not done():
            assert time.monotonic() < deadline, "\n".join(self.told)
            await asyncio.sleep(0.005)

    async def says(self, text: str) -> str:
        """Wait for a line that holds `text`; returns it."""

        def found() -> list[int]:
            return [i for i in range(self._read, len(self.told)) if text in self.told[i]]

        try:
            await self.until(found)
        except AssertionError as error:
            raise AssertionError(f"{text!r} was not told:\n{error}") from None
        first = found()[0]
        self._read = first + 1
        return self.told[first]

    async def file(self, name: str = "box.gcode", content: bytes = LONG_PRINT) -> int:
        """A file in the library; its id."""
        path = self.folder / name
        path.write_bytes(content)
        return (await self.backend.upload(path)).id

    async def printing(self) -> None:
        """A print under way."""
        await self.backend.print_file(await self.file())
        await self.until(lambda: self.backend.state.phase.value == "EXECUTING")


@asynccontextmanager
async def talking(
    backend: Backend, folder: Path, *, house: House | None = None, at_terminal: bool = True
) -> AsyncIterator[Talk]:
    """A conversation from its first line to its last."""
    talk = Talk(backend, folder, house, at_terminal)
    running = asyncio.create_task(talk.session.run())
    try:
        await talk.says("help lists the commands")
        yield talk
    finally:
        talk.session.leave()
        await running


@pytest.fixture
def backend() -> MemoryBackend:
    """A printer that a test may prepare before the conversation begins."""
    return MemoryBackend()


@pytest.fixture
async def talk(backend: MemoryBackend, tmp_path: Path) -> AsyncIterator[Talk]:
    """A conversation with it."""
    async with talking(backend, tmp_path) as talk:
        yield talk
