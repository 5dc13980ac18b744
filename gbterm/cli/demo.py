"""`gbterm demo`: the console on the built-in virtual printer, with a real file in the library."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from gbterm import paths
from gbterm.cli import console, remote
from gbterm.cli.board import Board
from gbterm.cli.exits import ExitCode
from gbterm.cli.host import end
from gbterm.cli.oneshot import current_state
from gbterm.cli.target import Target
from gbterm.config import PrinterProfile
from gbterm.errors import LinkError

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

NAME = "demo"
SAMPLE = "box.gcode"


def run(_: argparse.Namespace) -> ExitCode:
    """Start or find the virtual printer, show the console, end the printer where it is idle."""
    console.refuse_without_terminal()
    from gbterm.host import launch

    board = Board(paths.run_dir(NAME))
    board.start()
    profile = PrinterProfile(NAME, str(board.link), 115200)
    data = paths.state_dir() / NAME
    launch.ensure(NAME, profile, data=data, listen=None, listen_required=False)
    target = Target(NAME, host=NAME, profile=profile)
    remote.ask(target, _fill_library)
    console.show(target, f"{console.program()} demo")
    if _is_printing(target):
        return ExitCode.DONE
    with suppress(LinkError):
        end(target)
    board.stop()
    return ExitCode.DONE


def _is_printing(target: Target) -> bool:
    try:
        return current_state(target).phase.is_printing
    except LinkError:
        return False


async def _fill_library(backend: Backend) -> None:
    from importlib.resources import as_file, files

    if any(stored.name == SAMPLE for stored in await backend.files()):
        return
    with as_file(files("gbterm") / "data" / SAMPLE) as path:
        await backend.upload(path)
