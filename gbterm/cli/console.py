"""The console: `gbterm` without a command."""

from __future__ import annotations

import argparse
import sys

from gbterm import paths
from gbterm.cli.exits import ExitCode
from gbterm.cli.target import resolve
from gbterm.errors import UsageError


def run(args: argparse.Namespace) -> ExitCode:
    """Open the console on the printer that is meant; a local host is started where none runs."""
    refuse_without_terminal()
    target = resolve(args)
    if not target.host:
        show(target.address, target.name)
        return ExitCode.DONE
    from gbterm.host import launch

    host = launch.find(target.host) or launch.ensure(
        target.startable(), data=paths.data_dir(), listen=None, listen_required=False
    )
    show(f"unix:{host.server_socket}", target.name)
    if host.note:
        print(host.note, file=sys.stderr)
    print(f"The host of {target.name} goes on; gbterm stop ends it.", file=sys.stderr)
    return ExitCode.DONE


def refuse_without_terminal() -> None:
    """Raise UsageError where the console can't be shown."""
    from gbterm import terminal

    refusal = terminal.console_refusal()
    if refusal is not None:
        raise UsageError(refusal)


def show(address: str, name: str) -> None:
    """Run the console on the server at `address` until the user leaves it."""
    from gbterm import terminal

    # Textual reads these while it is imported.
    terminal.prepare()
    from gbterm.app import GbtermApp
    from gbterm.backends.opengb.client import OpenGbBackend

    backend = OpenGbBackend(address)
    backend.name = name
    GbtermApp(backend).run()
