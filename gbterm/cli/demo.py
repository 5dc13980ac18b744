"""`gbterm demo`: the console on the built-in virtual printer, with a real file in the library."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from gbterm import paths
from gbterm.cli import console, opening, remote
from gbterm.cli.board import Board
from gbterm.cli.exits import ExitCode
from gbterm.cli.host import end, end_board
from gbterm.cli.opening import Opened
from gbterm.cli.quick import is_printing
from gbterm.cli.target import Target
from gbterm.config import PrinterProfile
from gbterm.errors import GbtermError, WrongState

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

NAME = "demo"
SAMPLE = "box.gcode"


def run(args: argparse.Namespace) -> ExitCode:
    """Start or find the virtual printer, show the console, end the printer where it is idle."""
    is_plain = console.plainly(args)
    from gbterm.host import launch

    board = Board(paths.run_dir(NAME))
    profile = PrinterProfile(NAME, str(board.link), 115200)
    target = Target(NAME, host=NAME, profile=profile)
    data = paths.state_dir() / NAME
    try:
        board.start()
        launch.ensure(NAME, profile, data=data, listen=None, listen_required=False)
        remote.ask(target, _fill_library)
        shown = Opened(target, opening.command(args, verb="demo"))
        console.show(args, shown, is_plain=is_plain)
    finally:
        _end(target)
    return ExitCode.DONE


def _end(target: Target) -> None:
    """End host and board, however the console ended; a print goes on."""
    if is_printing(target):
        return
    try:
        end(target)
    except WrongState as error:
        print(f"The virtual printer goes on: {error}", file=sys.stderr)
    except GbtermError:
        pass  # it did not live, or said why it ends otherwise than in order
    end_board(target)


async def _fill_library(backend: Backend) -> None:
    from importlib.resources import as_file, files

    if any(stored.name == SAMPLE for stored in await backend.files()):
        return
    with as_file(files("gbterm") / "data" / SAMPLE) as path:
        await backend.upload(path)
