"""The files of the library, and those on their way there and back."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm.cli.verbs.verb import Answer, Asked, Run, Verb
from gbterm.cli.verbs.words import meant
from gbterm.errors import UsageError
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.cli.target import Target

STREAM = "-"
"""Standard input or output, in place of a file's name."""
HAS_LIMITS = None
"""Each of its steps has a limit of its own, however many a large file needs."""


def _in(module: str, function: str) -> Run:
    """What a module of this room does; backends are slow to import, so it waits until then."""

    async def run(asked: Asked) -> Answer:
        does: Run = getattr(import_module(f"gbterm.cli.verbs.{module}"), function)
        return await does(asked)

    return run


def _readable(text: str) -> str:
    """An argument's type: the path of a file that can be read, or `-`."""
    if meant(text) == STREAM:
        return text
    try:
        with Path(text).open("rb"):
            return text
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no path"
        raise UsageError(f"{scrub(text)} can't be read: {why}; check the path.") from error


def _path(text: str) -> str:
    """An argument's type: the path of a file that can be read."""
    if meant(text) == STREAM:
        raise UsageError("It takes a file of this machine, not standard input: save that first.")
    return _readable(text)


def _source(parser: argparse.ArgumentParser) -> None:
    what = "a file of this machine, or - for standard input"
    parser.add_argument("file", metavar="FILE", type=_readable, help=what)


def _upload(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    what = "of the library, SD: is the printer's own card; else the top"
    parser.add_argument("folder", metavar="FOLDER", type=meant, nargs="?", help=what)


def _check(target: Target, args: argparse.Namespace) -> Answer:
    from gbterm.cli.verbs.check import check

    return check(target, args)


def _file(parser: argparse.ArgumentParser) -> None:
    what = "a file of this machine"
    parser.add_argument("file", metavar="FILE", type=_path, help=what)


def _name(parser: argparse.ArgumentParser) -> None:
    what = "a file of the library, by its path or name"
    parser.add_argument("name", metavar="NAME", type=meant, help=what)


def _to_disk(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    what = "a file or directory of this machine, or - for standard output; else this directory"
    parser.add_argument("to", metavar="PATH", type=meant, nargs="?", help=what)


def _in_library(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", type=meant, help="a file or folder of the library")
    what = "a folder of the library, or a new path or name"
    parser.add_argument("to", metavar="TO", type=meant, help=what)


def _folder(parser: argparse.ArgumentParser) -> None:
    what = "of the library, else all"
    parser.add_argument("folder", metavar="FOLDER", type=meant, nargs="?", help=what)


VERBS = (
    Verb(
        "upload",
        "put a file into the library, print its id",
        _in("transfer", "upload"),
        _upload,
        examples=("box.gcode", "- < box.gcode", "box.gcode SD:"),
        within_s=HAS_LIMITS,
    ),
    Verb(
        "runfile",
        "upload a file and start to print it",
        _in("transfer", "runfile"),
        _source,
        confirms=True,
        within_s=HAS_LIMITS,
    ),
    Verb(
        "check",
        "look at a file before it is printed: moves, temperatures, tools",
        arguments=_file,
        alone=_check,
        examples=("box.gcode",),
        within_s=HAS_LIMITS,
    ),
    Verb(
        "download",
        "copy a file of the library to this machine",
        _in("transfer", "download"),
        _to_disk,
        examples=("box.gcode", "parts/box.gcode ~/kept", "box.gcode - | head"),
        confirms=True,
        within_s=HAS_LIMITS,
    ),
    Verb("ls", "list the names of the files in the library", _in("library", "ls")),
    Verb("ls_raw", "print the library as JSON", _in("library", "ls_raw")),
    Verb("ll", "print what is known of a file, as JSON", _in("library", "ll"), _name),
    Verb(
        "files",
        "list the library with its folders, sizes and dates",
        _in("library", "files"),
        _folder,
    ),
    Verb(
        "fselect",
        "select a file without printing it",
        _in("library", "select"),
        _name,
        also=("select",),
    ),
    Verb(
        "rm",
        "delete a file; a folder with all that is in it, asking first",
        _in("library", "rm"),
        _name,
        confirms=True,
    ),
    Verb(
        "mv",
        "rename a file or folder, or move it",
        _in("library", "mv"),
        _in_library,
        examples=("box.gcode parts/", "parts old"),
    ),
    Verb("df", "print how full the disks of the printer's host are", _in("library", "df")),
)
