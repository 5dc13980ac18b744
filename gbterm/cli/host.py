"""`gbterm host`: ending a host, and the entry points of its two processes."""

from __future__ import annotations

import argparse
import signal
import time
from dataclasses import replace

from gbterm.cli.board import Board
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.errors import CommandTimeout, LinkError, PrinterError, UsageError
from gbterm.host import hosts

END_WITHIN_S = 60.0
"""A forced end lets the cancel script run and the heaters be turned off first."""
BACK_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1
TO_BE_STARTED_AGAIN = 128 + signal.SIGTERM
"""The exit code of a process of the service that was not ended on purpose: its units know it."""


def stop(args: argparse.Namespace) -> ExitCode:
    """End the host, heaters off; WrongState while it prints, unless forced."""
    target = resolve(args)
    if not target.host:
        raise UsageError(f"{target.name} is a server elsewhere; stop it where it runs.")
    target = replace(target, folder=target.run_dir)
    try:
        end(target, args.force)
    finally:
        end_board(target)
    return ExitCode.DONE


def end(target: Target, force: bool = False) -> None:
    """Ask the host of `target` to end, and wait until it has.

    Raises PrinterError once it has, where only M112 turned the heaters off.
    """
    halted = None
    # Once a user's own host has ended, the name is the service's.
    target = replace(target, folder=target.run_dir)
    try:
        _ask_to_end(target, force)
    except PrinterError as error:
        halted = error
    deadline = time.monotonic() + END_WITHIN_S
    while hosts.is_alive(target.run_dir):
        if time.monotonic() > deadline:
            raise CommandTimeout(
                f"The host of {target.name} did not end within {END_WITHIN_S:g} s."
            )
        time.sleep(LOOK_EVERY_S)
    if halted is not None:
        raise halted


def _ask_to_end(target: Target, force: bool) -> None:
    """Ask the printer process; one that died is there again soon, unless the server died, too."""
    deadline = time.monotonic() + BACK_WITHIN_S
    while True:
        try:
            with PrinterSocket(target, END_WITHIN_S) as printer:
                printer.call("shutdown", force=force)
            return
        except LinkError:
            if time.monotonic() > deadline or not hosts.is_alive(target.run_dir):
                raise
        time.sleep(LOOK_EVERY_S)


def end_board(target: Target) -> None:
    """End the virtual board of the demo, which nobody else ends, unless its host lives."""
    if not hosts.is_alive(target.run_dir):
        Board(target.run_dir).stop()


def missing(_: argparse.Namespace) -> ExitCode:
    """`gbterm host` alone."""
    raise UsageError("Say what the host is to do, as in gbterm host stop; see gbterm host --help.")


def process(args: argparse.Namespace) -> int:
    """Be the printer process or the server of a host; for the host itself and for systemd."""
    if args.role == "printer":
        from gbterm.host.launch import run_printer as run
    else:
        from gbterm.server.process import run_server as run
    return ExitCode.DONE if run(args.rest) else TO_BE_STARTED_AGAIN
