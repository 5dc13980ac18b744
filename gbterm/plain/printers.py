"""Commands on the connection, and the printers there are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from gbterm import config_file
from gbterm.backends import kinds
from gbterm.beside import beside
from gbterm.config import Config
from gbterm.discovery.ports import serial_ports
from gbterm.discovery.printers import Listed, listed
from gbterm.discovery.servers import SEARCH_S, FoundServer, search
from gbterm.errors import ConfigError, LinkError, NotSupported, UsageError
from gbterm.host import hosts
from gbterm.others import is_shown
from gbterm.overview import overview, summary
from gbterm.plain import account, files, job, ports
from gbterm.plain.command import Command, Desk, name_of, nothing

ANSWER_S = 3.0
"""How long the servers that are known may take to be reached before their printers are told."""


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
    desk.others.try_again()
    await _follow(desk, config)  # they connect while servers are looked for
    found = await _search(desk, config) if config.mdns.search else ()
    printers = await _follow(desk, config, found)
    await desk.others.settled(ANSWER_S)
    told = [_told(desk, printer) for printer in printers]
    return told or [
        "No printer was found. Plug one in by USB and switch it on, then say printers again;"
        " connect ADDRESS goes to one that is elsewhere, and gbterm doctor says what is wrong here."
    ]


async def _follow(
    desk: Desk, config: Config, servers: Sequence[FoundServer] = ()
) -> tuple[Listed, ...]:
    serial = await beside(serial_ports)
    running = await beside(hosts.running)
    return desk.others.follow(listed(config, running, serial, servers), desk.backend)


async def _search(desk: Desk, config: Config) -> tuple[FoundServer, ...]:
    try:
        return await search(config.mdns.interfaces, SEARCH_S)
    except LinkError as error:
        desk.say(str(error))
        return ()


def _told(desk: Desk, printer: Listed) -> str:
    watched = desk.others.of(printer)
    shown = is_shown(printer, desk.backend)
    backend = desk.backend if shown else watched.backend if watched else None
    state, is_old = (backend.state, backend.freshness().is_old) if backend else (None, False)
    now = ", ".join(summary(overview(printer, state, watched, is_old=is_old)))
    facts = [printer.kind, "the default"] if printer.is_default else [printer.kind]
    facts += filter(None, (printer.address, printer.about, printer.hindrance))
    told = f"{printer.name}: {now}; {', '.join(facts)}"
    if watched is not None and watched.trouble:
        told += f". {watched.trouble}"
    if shown:
        return f"{told}; this conversation is about it"
    return told if printer.hindrance else f"{told}; connect {printer.value} goes to it"


async def _stop_printer(desk: Desk, text: str) -> Sequence[str]:
    name = name_of(text, "name of a printer")
    printer = await _known(desk, name)
    if is_shown(printer, desk.backend):
        desk.stop()
        return []
    desk.say(f"EMERGENCY STOP of {printer.name}: halting it.")
    return account.stopped(await desk.others.stop(printer), printer.name)


async def _known(desk: Desk, name: str) -> Listed:
    """The one of that name that has a server; a mistake in the configuration hides no host."""
    config, trouble = Config(), ""
    try:
        config = await beside(config_file.load)
    except ConfigError as error:
        trouble = f" {error}"
    running = await beside(hosts.running)
    found = (*listed(config, running, ()), *desk.others.opened)
    for printer in found:
        if name in (printer.name, printer.value):
            return printer
    names = ", ".join(printer.name for printer in found) or "none"
    raise UsageError(f"No printer is called {name!r} (known: {names}).{trouble}")


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
    Command(
        "printers",
        _printers,
        "find printers here and on the network, and tell what they do",
        slow=True,
    ),
    Command(
        "stop_printer",
        _stop_printer,
        "emergency stop of another printer: halt it at once, without a question",
        "NAME",
    ),
    Command("details", _details, "tell of the firmware, the cable, the disks and hours of use"),
    Command("counters", _counters, "tell how long the printer was used"),
)
