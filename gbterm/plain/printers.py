"""Commands on the connection, and the printers there are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from gbterm import config_file
from gbterm.backends import kinds
from gbterm.beside import beside
from gbterm.discovery.ports import serial_ports
from gbterm.discovery.printers import Listed, listed
from gbterm.discovery.servers import FoundServer, ServerSearch
from gbterm.errors import LinkError, NotSupported
from gbterm.host import hosts
from gbterm.plain import account, files, job, ports
from gbterm.plain.command import Command, Desk, name_of, nothing

SEARCH_S = 3.0
"""How long servers on the network may take to answer."""


async def _reconnect(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.reconnect()
    return ["Reconnecting."]


async def _connect_to(desk: Desk, text: str) -> Sequence[str]:
    meant = name_of(text, "name of a printer")
    option = "url" if kinds.is_address(meant) else "port" if "/" in meant else "printer"
    await desk.connect(option, meant)
    return []


async def _printers(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    config = await beside(config_file.load)
    found: tuple[FoundServer, ...] = ()

    def know(servers: tuple[FoundServer, ...]) -> None:
        nonlocal found
        found = servers

    if config.mdns.search:
        search = ServerSearch(know, config.mdns.interfaces)
        try:
            await search.start()
            await asyncio.sleep(SEARCH_S)
        except LinkError as error:
            desk.say(str(error))
        finally:
            await search.close()
    serial = await beside(serial_ports)
    running = await beside(hosts.running)
    told = [_told(printer) for printer in listed(config, running, serial, found)]
    return told or ["No printer was found; plug one in, or add one to the configuration."]


def _told(printer: Listed) -> str:
    about = "".join(f", {text}" for text in (printer.about, printer.hindrance) if text)
    default = ", the default" if printer.is_default else ""
    how = f" --{printer.option} {printer.value}" if not printer.hindrance else ""
    opens = f"; open it with gbterm --plain{how}" if how else ""
    return f"{printer.name}, {printer.kind}{default}, {printer.address}{about}{opens}"


async def _counters(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    counters = await desk.backend.counters()
    return [
        f"{name.replace('_mins', '').replace('_', ' ').capitalize()}: {minutes} minutes"
        for name, minutes in sorted(counters.items())
    ]


async def _details(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    state = desk.backend.state
    lines = [*account.firmware(state), *account.stream(state)]
    for command in (job.statistics, files.disks, _counters):
        with suppress(NotSupported):
            lines += await command(desk, "")
    return lines


COMMANDS = (
    Command("reconnect", _reconnect, "close and open the printer's port; clears an error"),
    Command("connect", _connect_to, "go to another printer", "NAME|PORT|ADDRESS"),
    *ports.COMMANDS,
    Command("printers", _printers, "find printers here and on the network", slow=True),
    Command("details", _details, "tell of the firmware, the cable, the disks and hours of use"),
    Command("counters", _counters, "tell how long the printer was used"),
)
