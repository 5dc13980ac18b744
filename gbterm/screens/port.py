"""The port by which the printer on show is driven: closed, opened, chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from gbterm.connection import AUTO_BAUD, AUTO_PORT, ConnectionChoice
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.frame import PrinterScreen

Value = TypeVar("Value")

FOUND_OUT = "automatic"
PREFERRED = ("preferred", "what the server has stored")


class PortScreen(PrinterScreen):
    """Connects and disconnects the printer's server and its board."""

    def action_connect_printer(self) -> None:
        """Open the port."""
        self.app.perform(self.app.backend.connect_printer)

    def action_disconnect_printer(self) -> None:
        """Ask, then close it."""
        close = self.app.backend.disconnect_printer

        def disconnect(sure: bool | None) -> None:
            if sure:
                self.app.perform(close, agreed=partial(close, confirmed=True))

        question = (
            f"Disconnect {self.app.backend.name}? Its heaters are turned off, and its port stays"
            " closed for everybody until somebody connects it."
        )
        yes = ConfirmScreen(
            question, yes="Disconnect", no="Stay connected", overtaken=self._can_not_close
        )
        self.app.push_screen(yes, disconnect)

    def _can_not_close(self) -> str:
        if "disconnect_printer" in self.app.possible:
            return ""
        return "The printer is not idle any more, so its port was left as it is."

    def action_choose_port(self) -> None:
        """Ask by what, then connect by it."""
        self.app.perform(self._choose_port)

    async def _choose_port(self) -> None:
        backend = self.app.backend
        options = await backend.connection_options()
        now = options.present
        ports = [(port, FOUND_OUT if port == AUTO_PORT else port) for port in options.ports]
        port = await self._chosen("Connect by which port?", ports, now.port)
        if port is None:
            return
        rates = [
            (rate, FOUND_OUT if rate == AUTO_BAUD else str(rate)) for rate in options.baud_rates
        ]
        baud = await self._chosen("At which baud rate?", rates, now.baud)
        if baud is None:
            return
        profiles = [(key, name or key) for key, name in (options.profiles or {}).items()]
        profile = await self._chosen("As which printer?", profiles, now.profile)
        if profile is None:
            return
        self.app.say(f"Connecting {backend.name} ...")
        await backend.connect_printer_by(ConnectionChoice(*port, *baud, *profile))

    async def _chosen(
        self, title: str, offered: Sequence[tuple[Value, str]], present: Value | None
    ) -> tuple[Value | None] | None:
        """What was chosen, `(None,)` for what is left to the server; None where the user leaves."""
        values = [None, *(value for value, _ in offered)]
        if len(values) == 1:
            return (None,)
        now = values.index(present) if present in values else 0
        names = [PREFERRED, *((name, "") for _, name in offered)]
        names[now] = (names[now][0], "as it is now")
        index = await self.app.push_screen_wait(ChooseScreen(title, names, now))
        return None if index is None else (values[index],)
