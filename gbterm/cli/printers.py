"""`gbterm printers`: all that one can connect to from here; opens none of it."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator

from gbterm import config_file
from gbterm.cli.exits import ExitCode
from gbterm.discovery.ports import serial_ports
from gbterm.discovery.printers import Listed, listed
from gbterm.discovery.servers import SEARCH_S, FoundServer, search
from gbterm.errors import LinkError
from gbterm.host import hosts
from gbterm.text import scrub

NONE = (
    "No printer was found. Plug one in by USB and switch it on; gbterm doctor says what is wrong"
    " here, gbterm demo shows a virtual printer."
)


def run(args: argparse.Namespace) -> ExitCode:
    """Look for them, and print them. Raises `ConfigError`."""
    mdns = config_file.load().mdns
    servers, trouble = _servers(mdns.interfaces) if mdns.search else ((), "")
    found = listed(config_file.load(), hosts.running(), serial_ports(), servers)
    if args.json:
        told = {"printers": [_as_data(printer) for printer in found], "trouble": trouble}
        print(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        lines = [line for printer in found for line in _as_lines(printer)] or [NONE]
        print("\n".join(filter(None, (*lines, trouble))))
    return ExitCode.DONE


def _as_lines(printer: Listed) -> Iterator[str]:
    """What it is, and how it is opened or why it can't be."""
    facts = filter(None, (printer.kind, printer.address, printer.about))
    yield scrub(f"{printer.name}: {', '.join(facts)}{', the default' * printer.is_default}")
    yield scrub(f"  {printer.hindrance or _how(printer)}")


def _how(printer: Listed) -> str:
    return shlex.join(("gbterm", f"--{printer.option}", printer.value))


def _as_data(printer: Listed) -> dict[str, object]:
    names = ("name", "kind", "address", "about", "hindrance", "is_default")
    told = {name: getattr(printer, name) for name in names}
    return told | {"option": f"--{printer.option}", "value": printer.value}


def _servers(interfaces: tuple[str, ...]) -> tuple[tuple[FoundServer, ...], str]:
    """Those that answer in time, or why none can be looked for."""
    import asyncio

    try:
        return asyncio.run(search(interfaces, SEARCH_S)), ""
    except LinkError as error:
        return (), str(error)
