"""Commands that follow a printer until they are interrupted."""

from __future__ import annotations

import argparse
from collections.abc import AsyncGenerator

from gbterm.cli.parser import count, seconds
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


def _watch(asked: Asked) -> AsyncGenerator[Answer, None]:
    from gbterm.cli.verbs.watch import watch

    return watch(asked)


def _temps(asked: Asked) -> AsyncGenerator[Answer, None]:
    from gbterm.cli.verbs.temps import temps

    return temps(asked)


def _temps_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", action="store_true", help="as CSV, with a header")
    what = "a row so often, also where nothing is known, else one for each reading"
    parser.add_argument("--every", type=seconds, metavar="SECONDS", help=what)


VERBS = (
    Verb(
        "watch",
        "show the state, the job and the temperatures on a line that is kept up to date",
        follow=_watch,
        within_s=None,
        in_place=True,
    ),
    Verb(
        "tail",
        "print what goes over the printer's cable as it comes",
        arguments=_tail_arguments,
        follow=_tail,
        within_s=None,
    ),
    Verb(
        "temps",
        "print temperatures as they are read",
        arguments=_temps_arguments,
        follow=_temps,
        examples=("--csv >temps.csv", "--every 60 --count 10"),
        within_s=None,
    ),
)
