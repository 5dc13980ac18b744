"""What `gbterm help` says of all commands: their names by area, or a sentence of each."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from gbterm.cli.verbs.table import AREAS, BY_EIGHT, BY_NAME, VERBS

OWN = "gbterm"
WIDTH = 80
HINTS = (
    "gbterm help COMMAND says what one does and takes, gbterm help all a sentence of each;"
    " gbterm --help has the options for all of them."
)
EXIT_CODES = (
    "exit codes: 0 done, 1 failed inside, 2 wrong usage, 3 refused by the server,"
    " 4 unreachable, 5 wrong state, 6 timed out, 7 printer error, 130 interrupted"
)


def filled(text: str) -> str:
    """`text` as a paragraph of the terminal's width."""
    return textwrap.fill(text, _width())


def names(programs: Iterable[str]) -> str:
    """Everything that can be written behind `gbterm`, where `programs` are all its commands."""
    width = _width()
    wide = max(len(area) for area in (OWN, *AREAS))
    lines: list[str] = []
    for area, verbs in _areas(programs):
        indent = " " * (wide + 4) if width > 2 * wide else "    "
        first = f"  {area:<{wide}}  " if width > 2 * wide else f"  {area}: "
        lines += textwrap.wrap(
            " ".join(verbs), width, initial_indent=first, subsequent_indent=indent
        )
    return "\n".join(["commands:", *lines, ""])


def sentences(programs: Mapping[str, argparse.ArgumentParser]) -> str:
    """The same with what each does, as their parsers say."""
    lines: list[str] = []
    wide = max(len(", ".join(verb.names)) for verb in VERBS) if _width() > WIDTH // 2 else 12
    for area, verbs in _areas(programs):
        lines += ["", f"{area}:"]
        for name in verbs:
            also = BY_NAME[name].names[1:] if name in BY_NAME else ()
            if name not in BY_NAME or BY_NAME[name].name == name:
                text = f"{', '.join((name, *also)):<{wide}} {programs[name].description}"
                lines += textwrap.wrap(
                    text, _width(), initial_indent="  ", subsequent_indent=" " * (wide + 3)
                )
    return "\n".join([*lines[1:], ""])


def _areas(programs: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    for area, verbs in AREAS.items():
        yield area, [name for verb in verbs for name in verb.names]
    yield OWN, [name for name in programs if name not in BY_NAME and name not in BY_EIGHT]


def _width() -> int:
    return max(min(WIDTH, shutil.get_terminal_size().columns) - 1, 20)
