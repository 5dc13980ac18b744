"""A printer behind the real OpenGB, as the contract and the console's tests have one."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from compat.real_opengb import RealOpenGb, running
from gbterm.backends.base import Backend
from gbterm.backends.kinds import client
from gbterm.model import Phase
from tests.backends.kinds import Printer, entered
from tests.endtoend.house import House, built

KINDS = ("dummy", "board")
"""Its Dummy printer, and its Marlin one on a simulated board."""
NEVER_S = 5.0
"""What has not come by then is taken not to come."""


class PlainPrinter(Printer):
    """Behind `server`, whose board is in `house`, if it has one."""

    def __init__(self, kind: str, server: RealOpenGb, house: House | None) -> None:
        self.kind, self._server, self._house = kind, server, house
        self.backend = self.another()

    def another(self) -> Backend:
        return client(self.url, self.kind)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._server.url

    async def lose(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def come_back(self) -> None:
        await asyncio.to_thread(self._server.start)

    async def power_up(self) -> None:
        """The server too, which hangs where it had to wait with the stop."""
        await self.lose()
        await entered(self.backend, Phase.DISCONNECTED)
        if self._house is not None:
            self._house.fault("reset")
        await self.come_back()
        await entered(self.backend, Phase.READY)


Test = Callable[..., Awaitable[None]]
Lacking = dict[str, type[Exception]]
"""For each kind that doesn't do it, with what a test ends there: `TimeoutError` for what it never
tells."""


def lacking(test: Test, lacks: Lacking) -> Test:
    """`test`, which passes where nothing is lacking, and nowhere else."""

    @functools.wraps(test)
    async def tried(**fixtures: Any) -> None:
        backend = fixtures["backend"] if "backend" in fixtures else fixtures["printer"].backend
        if backend.name not in lacks:
            await test(**fixtures)
            return
        with pytest.raises(lacks[backend.name]):
            async with asyncio.timeout(NEVER_S):
                await test(**fixtures)

    return tried


class Servers:
    """One of each kind, begun when it is first needed."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder

    @cached_property
    def house(self) -> House:
        """The board's."""
        house = self._stack.enter_context(built())
        house.board()
        return house

    @cached_property
    def board(self) -> RealOpenGb:
        """With the board."""
        return self._stack.enter_context(running(self._folder / "board", self.house.tty))

    @cached_property
    def dummy(self) -> RealOpenGb:
        """With its Dummy printer."""
        return self._stack.enter_context(running(self._folder / "dummy"))

    def printer(self, kind: str) -> PlainPrinter:
        """What is behind the server of that kind."""
        if kind == "dummy":
            return PlainPrinter(kind, self.dummy, None)
        return PlainPrinter(kind, self.board, self.house)
