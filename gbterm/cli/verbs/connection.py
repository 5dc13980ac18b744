"""The connection of the printer to what drives it, and the emergency stop."""

from __future__ import annotations

import argparse

from gbterm.cli import remote
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.cli.verbs.verb import Answer, Verb
from gbterm.errors import GbtermError

STOP_WITHIN_S = 10.0
"""A board that is busy may take a while until it says that it halted."""


def _estop(target: Target, args: argparse.Namespace) -> Answer:
    """Halt the printer now, and say whether it confirmed."""
    del args
    try:
        _halt(target)
    except GbtermError as error:
        raise type(error)(f"{error} Unless the printer stopped, cut its power.") from error
    return Answer(("The printer confirmed that it stopped.",), {"confirmed": True})


def _halt(target: Target) -> None:
    if target.host:
        with PrinterSocket(target, STOP_WITHIN_S) as printer:
            printer.call("emergency_stop")
        return
    remote.stop(target)


VERBS = (Verb("estop", "emergency stop: halt the printer now", alone=_estop),)
