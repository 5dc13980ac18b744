"""The port of the printer: closed, opened, chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.connection import ConnectionChoice, ConnectionOptions
from gbterm.errors import UsageError
from gbterm.model import Phase
from tests.memory_backend.core import Core


class Port(Core):
    """It opens whatever is chosen, of what it offers."""

    async def reconnect(self) -> None:
        await self._called("reconnect", Capability.RECONNECT)
        self.report(events.ErrorReported(""))
        self.report(events.PhaseChanged(Phase.CONNECTING))
        self.report(events.PhaseChanged(Phase.READY))

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        await self._called("reconnect", Capability.RECONNECT)
        self._heaters_off()
        self.report(events.BabystepChanged(0.0))
        self.lose("Somebody disconnected it.")

    async def connect_printer(self) -> None:
        await self._called("reconnect", Capability.RECONNECT)
        if self._state.phase is Phase.DISCONNECTED:
            self.come_back()

    async def reset_board(self) -> None:
        await self._called("reset_board", Capability.RESET)
        self.report(events.ErrorReported(""))
        self.report(events.PhaseChanged(Phase.CONNECTING))
        self.report(events.PhaseChanged(Phase.READY))

    async def ask_for_key(self, told: Callable[[str, str], None]) -> str:
        told("Open http://memory/keys in a browser and press Allow.", "http://memory/keys/1234")
        await self._called("ask_for_key")
        return self.key_wanted

    async def connection_options(self) -> ConnectionOptions:
        await self._called("connection_options", Capability.CONNECTION)
        return self.options

    async def connect_printer_by(self, choice: ConnectionChoice) -> None:
        await self._called("connect_printer_by", Capability.CONNECTION)
        if choice.port is not None and choice.port not in self.options.ports:
            raise UsageError(f"{self.name} has no port {choice.port}.")
        self.options = replace(self.options, present=choice)
        self.come_back()
