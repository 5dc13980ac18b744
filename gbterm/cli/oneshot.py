"""The one-shot commands on a printer: status and estop.

A printer on a local host is asked directly over its socket, any other through a backend.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gbterm import wire
from gbterm.cli import remote, report
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.errors import GbtermError
from gbterm.freshness import Known
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

STOP_WITHIN_S = 10.0
"""A board that is busy may take a while until it says that it halted."""


def status(args: argparse.Namespace) -> ExitCode:
    """Print what is known of the printer."""
    target = resolve(args)
    known = what_is_known(target)
    print(report.as_json(target.name, known) if args.json else report.as_text(known))
    return ExitCode.DONE


def what_is_known(target: Target) -> Known:
    """The printer's state, and how old that is."""
    if target.host:
        with PrinterSocket(target) as printer:
            return printer.look()

    async def ask(backend: Backend) -> Known:
        return Known(backend.state, wire.age_s(backend.heard_at, backend.clock()))

    return remote.ask(target, ask)


def is_printing(target: Target) -> bool:
    """Whether a file is being printed, or checked for that; False where nobody knows."""
    try:
        phase = what_is_known(target).state.phase
    except GbtermError:
        return False
    return phase.is_printing or phase is Phase.STARTING


def estop(args: argparse.Namespace) -> ExitCode:
    """Halt the printer now, and say whether it confirmed."""
    target = resolve(args)
    try:
        _emergency_stop(target)
    except GbtermError as error:
        raise type(error)(f"{error} Unless the printer stopped, cut its power.") from error
    print("The printer confirmed that it stopped.")
    return ExitCode.DONE


def _emergency_stop(target: Target) -> None:
    if target.host:
        with PrinterSocket(target, STOP_WITHIN_S) as printer:
            printer.call("emergency_stop")
        return
    remote.stop(target)
