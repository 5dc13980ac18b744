"""All printers that one can connect to from here, with what those that are driven here do now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.config import Config
from gbterm.discovery.ports import serial_ports
from gbterm.discovery.printers import Listed, listed
from gbterm.discovery.servers import FoundServer
from gbterm.errors import GbtermError
from gbterm.host import hosts
from gbterm.model import PrinterState

ANSWER_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A printer and its state, where a host of this machine told it."""

    printer: Listed
    state: PrinterState | None = None


def survey(config: Config, servers: Iterable[FoundServer] = ()) -> tuple[Surveyed, ...]:
    """Those of `config`, of this machine and of `servers`. Blocks; opens no port."""
    printers = listed(config, hosts.running(), serial_ports(), servers)
    return tuple(Surveyed(printer, _state(printer)) for printer in printers)


def _state(printer: Listed) -> PrinterState | None:
    if not printer.host:
        return None
    try:
        with PrinterSocket(Target(printer.name, host=printer.host), ANSWER_WITHIN_S) as asked:
            return asked.state()
    except GbtermError:
        return None
