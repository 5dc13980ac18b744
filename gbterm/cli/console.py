"""The console: `gbterm` without a command."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from dataclasses import replace

from gbterm import config_file, paths
from gbterm.cli.exits import ExitCode
from gbterm.cli.target import Target, resolve
from gbterm.errors import UsageError
from gbterm.host import hosts
from gbterm.text import scrub

DEFAULT_LISTEN = "127.0.0.1:8000"


def run(args: argparse.Namespace) -> ExitCode:
    """Open the console on the printer that is meant; a local host is started where none runs."""
    refuse_without_terminal()
    target = resolve(args)
    attach = _command(args)
    if not target.host:
        show(target, attach)
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
    show(target, attach)
    if host.note:
        print(host.note, file=sys.stderr)
    return ExitCode.DONE


def refuse_without_terminal() -> None:
    """Raise UsageError where the console can't be shown."""
    from gbterm import terminal

    refusal = terminal.console_refusal()
    if refusal is not None:
        raise UsageError(refusal)


def show(target: Target, attach: str) -> None:
    """Run the console on the server of `target` until the user leaves it.

    `attach` is the command that comes back to it.
    """
    import asyncio

    from gbterm import terminal

    # Textual reads these while it is imported.
    terminal.prepare()
    from gbterm.app import run_console
    from gbterm.backends.opengb.client import OpenGbBackend

    backend = OpenGbBackend(target.address, target.name, target.credentials)
    starts = attach if target.host else ""
    title = f"gbterm {target.name}"
    farewell = asyncio.run(run_console(backend, title=title, attach=attach, starts=starts))
    if farewell:
        print(scrub(farewell))


def program() -> str:
    """How this program is called from here: `gbterm`, or its path where that isn't found."""
    return "gbterm" if shutil.which("gbterm") else sys.argv[0]


def _command(args: argparse.Namespace) -> str:
    """The command that opens this console again."""
    words = [program()]
    for name in ("port", "baud", "url", "printer", "key_file", "tls_ca"):
        if hasattr(args, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    return shlex.join(words)
