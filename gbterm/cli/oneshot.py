"""The one-shot commands on a printer: status, pause, resume, cancel and estop.

A printer on a local host is asked directly over its socket, any other through a backend.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gbterm.cli import remote, report
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.errors import GbtermError
from gbterm.model import PrinterState

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

STOP_WITHIN_S = 10.0
"""A board that is busy may take a while until it says that it halted."""


def status(args: argparse.Namespace) -> ExitCode:
    """Print what is known of the printer."""
    target = resolve(args)
    state = current_state(target)
    print(report.as_json(target.name, state) if args.json else report.as_text(state))
    return ExitCode.DONE


def current_state(target: Target) -> PrinterState:
    """The printer's state now."""
    if target.host:
        with PrinterSocket(target) as printer:
            return printer.state()

    async def ask(backend: Backend) -> PrinterState:
        return backend.state

    return remote.ask(target, ask)


def pause(args: argparse.Namespace) -> ExitCode:
    """Pause the job; done already is done."""
    target = resolve(args)
    if target.host:
        return _call(target, "pause_print")
    remote.ask(target, lambda backend: backend.pause())
    return ExitCode.DONE


def resume(args: argparse.Namespace) -> ExitCode:
    """Resume the job; done already is done."""
    target = resolve(args)
    if target.host:
        return _call(target, "resume_print")
    remote.ask(target, lambda backend: backend.resume())
    return ExitCode.DONE


def cancel(args: argparse.Namespace) -> ExitCode:
    """End the job and turn the heaters off."""
    target = resolve(args)
    if target.host:
        return _call(target, "cancel_print")
    remote.ask(target, lambda backend: backend.cancel())
    return ExitCode.DONE


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


def _call(target: Target, method: str) -> ExitCode:
    with PrinterSocket(target) as printer:
        printer.call(method)
    return ExitCode.DONE
