"""The console: `gbterm` without a command."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from gbterm import config_file
from gbterm.cli import opening
from gbterm.cli.exits import ExitCode
from gbterm.cli.opening import Opened, Unchosen
from gbterm.config import ConsoleSettings
from gbterm.errors import AuthenticationRefused, LinkError, NoneChosen, UsageError
from gbterm.host import hosts
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

NONE_CHOSEN = "No printer is chosen yet: the Printers screen shows those that there are."


def run(args: argparse.Namespace) -> ExitCode:
    """Open the console on the printer that is meant; a local host is started where none runs.

    Where it can't be told which one is meant, the console opens with a choice.
    """
    is_plain = plainly(args)
    try:
        opened = opening.opened(args, starting=_say_so)
    except NoneChosen as none:
        if not is_plain:
            choose(args)
        elif sys.stdin.isatty():
            _talk(args, opening.Unchosen(opening.command(args), str(none)), "printers")
        else:
            raise
        return ExitCode.DONE
    show(args, opened, is_plain=is_plain)
    if opened.note:
        print(opened.note, file=sys.stderr)
    return ExitCode.DONE


def _say_so(name: str) -> None:
    print(f"Connecting to {name} ...", file=sys.stderr)


def plainly(args: argparse.Namespace) -> bool:
    """Whether to talk in lines of text, as was asked or as a terminal without a cursor needs.

    Raises UsageError where neither that was asked nor a terminal is there.
    """
    from gbterm import terminal

    if getattr(args, "plain", False):
        return True
    refusal = terminal.console_refusal()
    if refusal is not None:
        raise UsageError(refusal)
    if terminal.is_dumb():
        print(
            f"TERM is {os.environ.get('TERM', '')!r}, so this is the plain mode.", file=sys.stderr
        )
        return True
    return False


def asked(args: argparse.Namespace, configured: ConsoleSettings) -> ConsoleSettings:
    """How the console is to be drawn, by the options, else as `configured`."""
    names = [member.name for member in fields(ConsoleSettings)]
    given = {name: getattr(args, name) for name in names if hasattr(args, name)}
    return replace(configured, **given)


def choose(args: argparse.Namespace) -> None:
    """Run the console without a printer, on the screen where one is chosen."""
    from gbterm.backends.absent import NoPrinter

    _draw(args, NoPrinter(NONE_CHOSEN), opening.command(args), "")


def show(args: argparse.Namespace, opened: Opened, *, is_plain: bool) -> None:
    """Run the console, or its plain mode, on a printer until the user leaves it."""
    if is_plain:
        opened.wait_for_server()
        _talk(args, opened)
        return
    try:
        _draw_once_served(args, opened)
    except AuthenticationRefused as refusal:
        if not opened.target.takes_credentials:
            raise
        from gbterm.backends.absent import NoPrinter

        # The console asks for a key.
        _draw(args, NoPrinter(str(refusal)), opened.attach, "", opened)


def _draw_once_served(args: argparse.Namespace, opened: Opened) -> None:
    """Raises LinkError where the server of a host that lives doesn't come for too long."""
    ends = time.monotonic() + hosts.SERVED_WITHIN_S
    while True:
        opened.wait_for_server()
        try:
            _draw(args, opened.backend(), opened.attach, opened.starts)
        except LinkError:
            # It may have died while it was being connected to.
            if not opened.is_alive or time.monotonic() > ends:
                raise
        else:
            return


def _talk(args: argparse.Namespace, opened: Opened | Unchosen, *first: str) -> None:
    import asyncio

    from gbterm import terminal
    from gbterm.cli.elsewhere import Elsewhere
    from gbterm.plain.run import run_plain

    draws = terminal.choose(asked(args, config_file.load().console)).glyphs
    elsewhere = Elsewhere(args)
    talk = run_plain(
        opened, draws=draws, opens=elsewhere.open, watches=elsewhere.backend_of, first=first
    )
    asyncio.run(talk)


def _draw(
    args: argparse.Namespace,
    backend: Backend,
    attach: str,
    starts: str,
    reaches: Opened | None = None,
) -> None:
    import asyncio

    from gbterm import keymap, terminal

    configured = config_file.load()
    keymap.choose(configured)
    shown = terminal.choose(asked(args, configured.console))
    terminal.prepare(shown)
    from gbterm.app import run_console
    from gbterm.cli.elsewhere import Elsewhere

    console = run_console(
        backend,
        attach=attach,
        starts=starts,
        elsewhere=Elsewhere(args),
        terminal=shown,
        reaches=reaches,
    )
    farewell = asyncio.run(console)
    if farewell:
        with contextlib.suppress(OSError):  # a terminal that was lost
            print(scrub(farewell), flush=True)
