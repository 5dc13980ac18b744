"""Commands that follow a printer until they are interrupted."""

from __future__ import annotations

import argparse
from collections.abc import AsyncGenerator

from gbterm.cli.parser import count
from gbterm.cli.verbs.verb import Answer, Asked, Verb
from gbterm.console_lines import KINDS


def _tail(asked: Asked) -> AsyncGenerator[Answer, None]:
    from gbterm.cli.verbs.tail import tail

    return tail(asked)


def _tail_arguments(parser: argparse.ArgumentParser) -> None:
    first = "so many of the last lines first"
    parser.add_argument("-n", dest="last", type=count, default=0, metavar="N", help=first)
    parser.add_argument(
        "--hide",
        action="append",
        choices=KINDS,
        metavar="KIND",
        default=[],
        help=f"lines that are not wanted: {', '.join(KINDS)}; may be given more than once",
    )
    what = "with the line numbers and checksums of what was sent"
    parser.add_argument("--raw", action="store_true", help=what)


VERBS = (
    Verb(
        "tail",
        "print what goes over the printer's cable as it comes",
        arguments=_tail_arguments,
        follow=_tail,
        within_s=None,
    ),
)
