"""What a user types who has a command done, taken from its rows."""

from __future__ import annotations

from pathlib import Path

from gbterm.cli.exits import ExitCode
from gbterm.cli.parser import Parser
from gbterm.cli.verbs.table import VERBS
from gbterm.cli.verbs.verb import Verb
from tests.suite.row import Row
from tests.suite.rows import ROWS

SHORTLY = ("--timeout", "0.2")
"""For what would wait."""


def rows(verb: Verb, kind: str) -> list[Row]:
    """Those with valid arguments, what is done first."""
    valid = [
        row
        for row in ROWS
        if row.typed[0] in verb.names and kind in row.kinds and row.code != ExitCode.WRONG_USAGE
    ]
    return sorted(valid, key=lambda row: row.code)


def samples(kind: str, folder: Path) -> list[tuple[Verb, list[str]]]:
    """Of all that connects to a printer; `box.gcode` is a file in `folder`."""
    found = ((verb, rows(verb, kind)) for verb in VERBS if connects(verb))
    return [(verb, _patient(verb, words(found[0], folder))) for verb, found in found if found]


def connects(verb: Verb) -> bool:
    """Whether a printer's server has anything to do with it."""
    return (verb.alone is None and verb.here is None) or verb.name == "estop"


def words(row: Row, folder: Path) -> list[str]:
    """What is typed."""
    return [str(folder / "box.gcode") if word == "{file}" else word for word in row.typed]


def _patient(verb: Verb, typed: list[str]) -> list[str]:
    parser = Parser()
    verb.arguments(parser)
    waits = "--timeout" in parser.format_help()
    return [*typed, *SHORTLY] if waits and "--timeout" not in typed else typed
