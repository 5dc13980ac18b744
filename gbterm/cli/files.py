"""`gbterm upload` and `gbterm runfile`: a file from this machine's disk into the library."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm.cli import remote
from gbterm.cli.exits import ExitCode
from gbterm.cli.target import resolve
from gbterm.errors import GbtermError, NeedsConfirmation, UsageError
from gbterm.files import GcodeFile

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

UPLOAD_WITHIN_S = None
"""Each of its steps has a limit of its own, however many a large file needs."""


def upload(args: argparse.Namespace) -> ExitCode:
    """Put the file into the library and print its id."""
    path = _readable(args.file)
    stored = remote.ask(resolve(args), lambda backend: backend.upload(path), UPLOAD_WITHIN_S)
    print(stored.id)
    return ExitCode.DONE


def runfile(args: argparse.Namespace) -> ExitCode:
    """Put the file into the library, start to print it and print its id."""
    path = _readable(args.file)

    async def run(backend: Backend) -> GcodeFile:
        stored = await backend.upload(path)
        try:
            await backend.print_file(stored.id, confirmed=args.yes)
        except GbtermError:
            # Else every further attempt would leave one more copy in the library.
            with suppress(GbtermError):
                await backend.delete_file(stored.id)
            raise
        return stored

    try:
        stored = remote.ask(resolve(args), run, UPLOAD_WITHIN_S)
    except NeedsConfirmation as error:
        raise NeedsConfirmation(f"{error} To agree, add --yes.") from error
    print(stored.id)
    return ExitCode.DONE


def _readable(name: str) -> Path:
    path = Path(name)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}; check the path.") from error
