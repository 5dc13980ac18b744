"""Every kind of backend with a printer of its own, and what a test does to that."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from gbterm.actions import Macro
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.kinds import client
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.config import PrinterProfile
from gbterm.credentials import Credentials
from gbterm.errors import LinkError, NotSupported, PrinterError, WrongState
from gbterm.model import Phase
from tests.endtoend.house import GENEROUS_S, House, built
from tests.memory_backend import MemoryBackend
from tests.octoprint.live import OctoPrint, running
from tests.ports import free_port

KINDS = ("memory", "marlin", "opengb", "remote", "octoprint", "answering")
"""A board's own backend, gbterm's client on its host and from elsewhere, others' servers, and
gbterm's client of OctoPrint at a host of gbterm that answers as one."""
TOY = "toy://bench"
"""What the example of docs/backend.md drives."""


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def entered(backend: Backend, phase: Phase) -> None:
    """Wait until the printer is in `phase`."""
    await until(lambda: backend.state.phase is phase)


def _macro_told(macro: Macro) -> str:
    """A macro as the configuration of a host has it."""
    gcode = "\n".join(macro.gcode)
    told = f"[macro.{macro.name}]\ngcode = '''\n{gcode}'''\n"
    return f'{told}confirm = "{macro.confirm}"\n' if macro.confirm else told


class Worlds:
    """What stands behind the backends of a module; each begins when it is first needed."""

    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        board: tuple[str, ...],
        commands: dict[str, str] | None = None,
        questions: dict[str, str] | None = None,
        macros: tuple[Macro, ...] = (),
    ) -> None:
        self._stack, self._folder, self._board = stack, folder, board
        self._commands = commands or {}
        """What their hosts run by name, in a shell."""
        self._macros = macros
        self._questions = questions or {}
        """What is asked before some of them."""
        self.listen = f"127.0.0.1:{free_port()}"
        self.answers = f"127.0.0.1:{free_port()}"
        """The same again where the server comes back; the other is where it answers slicers."""

    @cached_property
    def board(self) -> House:
        """A board on a cable."""
        house = self._stack.enter_context(built())
        house.board(*self._board)
        return house

    @cached_property
    def host(self) -> House:
        """A board and a host that serves it, also on `listen`."""
        return self._served("--listen", self.listen)

    @cached_property
    def answering(self) -> House:
        """The same, as an OctoPrint on `answers`."""
        return self._served("--octoprint-listen", self.answers)

    def _served(self, *doors: str) -> House:
        house = self._stack.enter_context(built())
        house.board(*self._board)
        config = Path(house.environment["XDG_CONFIG_HOME"]) / "gbterm" / "config.toml"
        config.parent.mkdir(parents=True)
        told = (*map(self._told, self._commands), *map(_macro_told, self._macros))
        config.write_text("".join(told))
        house.start("serve", "--port", str(house.tty), *doors)
        return house

    def _told(self, name: str) -> str:
        """A command as the configuration of a host has it."""
        told = f'[command.{name}]\nrun = ["/bin/sh", "-c", "{self._commands[name]}"]\n'
        question = self._questions.get(name)
        return f'{told}confirm = "{question}"\n' if question else told

    @cached_property
    def driven(self) -> House:
        """A board that an OctoPrint drives: its own virtual one forgets what G91 was for."""
        house = self._stack.enter_context(built())
        house.board(*self._board)
        return house

    @cached_property
    def octoprint(self) -> OctoPrint:
        """The real one, with a board on a cable."""
        port = str(self.driven.tty)
        serial = {"port": port, "additionalPorts": [port], "baudrate": 115200}
        actions = [
            {"action": name, "name": name, "command": script}
            | ({"confirm": self._questions[name]} if name in self._questions else {})
            for name, script in self._commands.items()
        ]
        controls = [
            {"name": macro.name, "commands": list(macro.gcode)}
            | ({"confirm": macro.confirm} if macro.confirm else {})
            for macro in self._macros
        ]
        config = {"serial": serial, "system": {"actions": actions}, "controls": controls}
        return self._stack.enter_context(running(self.octoprint_base, config))

    @property
    def octoprint_base(self) -> Path:
        """Its folder, where plugins may lie before it starts."""
        return self._folder / "octoprint"


class Printer:
    """A backend of one kind, and what happens to its printer."""

    def __init__(self, kind: str, worlds: Worlds) -> None:
        self.kind, self._worlds = kind, worlds
        self.backend = self.another()

    def another(self) -> Backend:
        """One more for the same printer, not connected yet."""
        match self.kind:
            case "memory":
                return MemoryBackend()
            case "marlin":
                return MarlinBackend(PrinterProfile("p", str(self._worlds.board.tty), 115200))
            case "opengb":
                return client(f"unix:{self._worlds.host.run_dir / 'server.sock'}", "mk3")
            case "remote":
                self._worlds.host.listen()
                return client(f"ws://{self._worlds.listen}", "mk3")
            case "toy":
                return client(TOY, "mk3")
            case "answering":
                assert self._worlds.answering
                return client(f"http://{self._worlds.answers}", "mk3")
        server = self._worlds.octoprint
        return client(server.url, "mk3", Credentials(server.key))

    @property
    def toy(self) -> Any:
        """The printer behind the example."""
        return sys.modules["gbterm_toy"].DEVICES[TOY]

    async def start(self, path: Path, *, confirmed: bool = False) -> None:
        """Print the file at `path`."""
        if isinstance(self.backend, MarlinBackend):
            await self.backend.start_job(path, path.name, confirmed=confirmed)
        else:
            file = await self.backend.upload(path)
            await self.backend.print_file(file.id, confirmed=confirmed)

    async def finish(self) -> None:
        """The print goes on to its end."""
        if isinstance(self.backend, MemoryBackend):
            self.backend.advance(1_000_000)
        await entered(self.backend, Phase.READY)

    async def lose(self) -> None:
        """What it is connected to goes away."""
        match self.kind:
            case "memory":
                assert isinstance(self.backend, MemoryBackend)
                self.backend.lose()
            case "marlin":
                self.fault("unplug 0.5")
            case "octoprint":
                await asyncio.to_thread(self._worlds.octoprint.kill)
            case "toy":
                self.toy.is_on = False
            case "answering":
                self._worlds.answering.kill("server")
            case _:
                self._worlds.host.kill("server")

    async def come_back(self) -> None:
        """It is there again, by itself where somebody watches over it."""
        match self.kind:
            case "memory":
                assert isinstance(self.backend, MemoryBackend)
                self.backend.come_back()
            case "marlin":
                await until(self._worlds.board.tty.exists)
                await self.backend.connect()
            case "octoprint":
                await asyncio.to_thread(self._worlds.octoprint.start)
            case "toy":
                self.toy.is_on = True

    def fault(self, text: str) -> None:
        """As the control socket of its board takes it; nothing where there is no board."""
        match self.kind:
            case "marlin":
                self._worlds.board.fault(text)
            case "opengb" | "remote":
                self._worlds.host.fault(text)
            case "octoprint":
                self._worlds.driven.fault(text)
            case "answering":
                self._worlds.answering.fault(text)

    async def power_up(self) -> None:
        """Switch a printer that halted off and on, and connect it again."""
        is_up = False
        while not is_up:
            self.fault("reset")
            with suppress(LinkError):  # a stop takes several ways, of which one may be slow
                await self.backend.reconnect()
                is_up = True
            await asyncio.sleep(0.01)

    async def rest(self) -> None:
        """Leave nothing to the next test."""
        backend = self.backend
        async with asyncio.timeout(GENEROUS_S):
            if backend.state.phase in (Phase.ERROR, Phase.DISCONNECTED):
                await self.power_up()
            if backend.state.phase.is_printing:
                with suppress(WrongState):
                    await backend.cancel()
            if backend.state.babystep_mm:
                await backend.reconnect()
            await entered(backend, Phase.READY)
            with suppress(WrongState):
                await backend.cancel()  # a print that could go on keeps its file
            await backend.set_temperature(nozzles={0: 0.0}, bed=0.0)
            if Capability.FILES in backend.capabilities:
                await self._empty_library()

    async def _empty_library(self) -> None:
        while left := await self.backend.files():
            # Until it is known everywhere that the print is over; an OctoPrint may answer 500 then.
            with suppress(WrongState, PrinterError):
                await self.backend.delete_file(left[0].id)


@asynccontextmanager
async def connected(kind: str, worlds: Worlds) -> AsyncIterator[Printer]:
    """A printer, connected and READY."""
    printer = Printer(kind, worlds)
    await printer.backend.connect()
    await entered(printer.backend, Phase.READY)
    try:
        yield printer
        await printer.rest()
    finally:
        await printer.backend.close()


async def lacks(
    backend: Backend, capability: Capability, *calls: Callable[[], Awaitable[Any]]
) -> bool:
    """Whether `backend` isn't able to do it; then each of `calls` is refused in its name."""
    if capability in backend.capabilities:
        return False
    for call in calls:
        with pytest.raises(NotSupported, match=re.escape(backend.name)):
            await call()
    return True
