"""The console: `gbterm` without a command."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
from dataclasses import fields, replace

from gbterm import config_file, paths
from gbterm.cli.exits import ExitCode
from gbterm.cli.target import Target, resolve
from gbterm.config import ConsoleSettings
from gbterm.errors import UsageError
from gbterm.host import hosts
from gbterm.text import scrub

TARGETS = ("port", "baud", "url", "printer", "key_file", "tls_ca")
DEFAULT_LISTEN = "127.0.0.1:8000"


def run(args: argparse.Namespace) -> ExitCode:
    """Open the console on the printer that is meant; a local host is started where none runs."""
    is_plain = plainly(args)
    target = resolve(args)
    attach, look = command(args, *TARGETS), asked(args)
    if not target.host:
        show(target, attach, look, is_plain=is_plain)
        return ExitCode.DONE
    host = hosts.find(target.host)
    if host is None:
        from gbterm.host import launch

        print(f"Connecting to {target.name} ...", file=sys.stderr)
        host = launch.ensure(
            target.host,
            target.startable(),
            data=paths.data_dir(),
            listen=DEFAULT_LISTEN,
            listen_required=False,
            serving=config_file.load().serving,
        )
    target = replace(target, host=host.name)
    show(target, attach, look, is_plain=is_plain)
    if host.note:
        print(host.note, file=sys.stderr)
    return ExitCode.DONE


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


def asked(args: argparse.Namespace) -> ConsoleSettings:
    """How the console is to be drawn, by the options, else by the configuration."""
    names = [member.name for member in fields(ConsoleSettings)]
    given = {name: getattr(args, name) for name in names if hasattr(args, name)}
    return replace(config_file.load().console, **given)


def show(target: Target, attach: str, look: ConsoleSettings, *, is_plain: bool) -> None:
    """Run the console, or its plain mode, on the server of `target` until the user leaves it.

    `attach` is the command that comes back to it.
    """
    import asyncio

    from gbterm import terminal
    from gbterm.backends.opengb.client import OpenGbBackend

    shown = terminal.choose(look)
    backend = OpenGbBackend(target.address, target.name, target.credentials)
    starts = attach if target.host else ""
    if is_plain:
        from gbterm.plain.run import run_plain

        asyncio.run(run_plain(backend, attach=attach, starts=starts, draws=shown.glyphs))
        return
    terminal.prepare(shown)
    from gbterm.app import run_console

    title = f"gbterm {target.name}"
    opened = run_console(backend, title=title, attach=attach, starts=starts, terminal=shown)
    farewell = asyncio.run(opened)
    if farewell:
        with contextlib.suppress(OSError):  # a terminal that was lost
            print(scrub(farewell), flush=True)


def program() -> str:
    """How this program is called from here: `gbterm`, or its path where that isn't found."""
    return "gbterm" if shutil.which("gbterm") else sys.argv[0]


def command(args: argparse.Namespace, *targets: str, verb: str = "") -> str:
    """The command that opens this console again: those `targets` that were given, and its look."""
    words = [program(), verb] if verb else [program()]
    for name in (*targets, "theme"):
        if hasattr(args, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    for name, value, option in (
        ("glyphs", "ascii", "--ascii"),
        ("slow", True, "--slow"),
        ("slow", False, "--no-slow"),
        ("mouse", False, "--no-mouse"),
        ("plain", True, "--plain"),
    ):
        if getattr(args, name, None) == value:
            words.append(option)
    return shlex.join(words)
