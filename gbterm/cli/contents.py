"""What `gbterm help` says of all commands: their names by area, or a sentence of each."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.table import AREAS, BY_EIGHT, BY_NAME, VERBS

OWN = "gbterm"
WIDTH = 80
ABOUT = (
    "The terminal console for 3D printers. Without a command: the console on the printer that is"
    " meant, which is the one that --port, --url or --printer names (before or after the command),"
    " else the default printer of the configuration, the only one there, or the only host that"
    " runs."
)
HINTS = "More of one: gbterm help COMMAND, of each: gbterm help all, options: --help."
EXIT_CODES = "exit codes: " + ", ".join(
    f"{int(code)} {code.name.lower().replace('_', ' ')}" for code in ExitCode
)


def filled(text: str) -> str:
    """`text` as a paragraph of the terminal's width."""
    return textwrap.fill(text, _width())


def names(programs: Iterable[str]) -> str:
    """Everything that can be written behind `gbterm`, where `programs` are all its commands."""
    width = _width()
    wide = max(len(area) for area in (OWN, *AREAS))
    lines: list[str] = []
    for area, verbs in areas(programs):
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
    for area, verbs in areas(programs):
        lines += ["", f"{area}:"]
        for name in verbs:
            also = BY_NAME[name].names[1:] if name in BY_NAME else ()
            if name not in BY_NAME or BY_NAME[name].name == name:
                text = f"{', '.join((name, *also)):<{wide}} {programs[name].description}"
                lines += textwrap.wrap(
                    text, _width(), initial_indent="  ", subsequent_indent=" " * (wide + 3)
                )
    return "\n".join([*lines[1:], ""])


def areas(programs: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """The names of all commands, by their areas."""
    for area, verbs in AREAS.items():
        yield area, [name for verb in verbs for name in verb.names]
    yield OWN, [name for name in programs if name not in BY_NAME and name not in BY_EIGHT]


def _width() -> int:
    return max(min(WIDTH, shutil.get_terminal_size().columns) - 1, 20)
