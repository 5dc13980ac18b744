"""`gbterm man`: the manual, made from the parsers of the command line."""

from __future__ import annotations

import argparse
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping

from gbterm import __version__, environment
from gbterm.cli import contents
from gbterm.cli.exits import MEANINGS
from gbterm.cli.parser import Parser
from gbterm.cli.synopsis import commands_of, explained, own, shared, synopsis
from gbterm.cli.verbs.table import BY_NAME, EIGHTS

NAME = "the terminal console for 3D printers"
STREAMS = (
    "Data goes to standard output, what went wrong to standard error in one sentence. What has to"
    " be agreed to is asked on a terminal; elsewhere it is not done without --yes, but for run,"
    " reset, on and off, which a script was told to do."
)
LAUNCHERS = (
    "Each command that works on a printer can be called 8COMMAND too, by launchers that gbterm"
    " links DIR writes into a folder of your PATH. They are quicker. At Tab a shell completes all"
    " of this, once it has read what gbterm completions prints."
)
EIGHTS_TELL = "As launchers these differ, for they say what scripts have always read:"
ENVIRONMENT = (
    *((environment.variable(name), what) for name, what in environment.OF_OPTIONS.items()),
    ("GBTERM_PICTURES", "how the console draws pictures: kitty, sixel, blocks or none"),
    ("NO_COLOR", "where it is set, the console draws without colours"),
    ("COLUMNS, LINES", "the size of a terminal that can't tell its own"),
    ("XDG_CONFIG_HOME and the like", "other places for what is kept in ~ below"),
)
FILES = (
    (
        "~/.config/gbterm/config.toml",
        "printers and settings; gbterm config example has all of them",
    ),
    ("/etc/gbterm/config.toml", "the same for everybody on this machine, read before it"),
    ("~/.octocmd.conf, /etc/octocmd.conf", "the OctoPrint of octocmd's scripts"),
    ("~/.local/share/gbterm", "the library of files, and the prints of the past"),
    ("~/.cache/gbterm/quick", "what launchers know of the configuration"),
    ("~/.local/state/gbterm", "the hosts that run, and failed.log where gbterm failed inside"),
)
EXAMPLES = (
    ("gbterm demo", "looks at the console with a virtual printer"),
    ("gbterm --port /dev/ttyUSB0", "opens it on a printer that is plugged in"),
    ("gbterm --url http://octopi.local status", "tells what the printer of an OctoPrint does"),
    ("gbterm runfile box.gcode && gbterm waitend", "prints a file, and waits for the end of it"),
    ("gbterm settemp 210 && gbterm alarm t 205", "heats the nozzle, and beeps once it is hot"),
    ("gbterm man | man -l -", "shows this"),
)
SEE_ALSO = ".BR man (1),\n.BR ssh (1),\n.BR stty (1)"
_ESCAPES = str.maketrans(
    {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
)


def page(top: Parser, commands: Mapping[str, Parser]) -> str:
    """The manual in roff, by the macros of man(7)."""
    title = f'.TH GBTERM 1 {time.strftime("%Y-%m-%d")} "gbterm {__version__}" "User Commands"'
    codes = ((str(int(code)), meaning) for code, meaning in MEANINGS.items())
    lines = [
        *(title, ".SH NAME", rf"gbterm \- {text(NAME)}"),
        *(".SH SYNOPSIS", bold("gbterm [OPTION ...] [COMMAND ...]")),
        *(".SH DESCRIPTION", text(contents.ABOUT), ".PP", text(STREAMS), ".PP", text(LAUNCHERS)),
        *(".SH OPTIONS", *_arguments(own(top))),
        *(".SS of nearly all commands on a printer", *_arguments(shared())),
        *(".SH COMMANDS", *_areas(commands)),
        *(".SS launchers", text(EIGHTS_TELL), *_eights(commands)),
        *(".SH EXIT STATUS", *_list(codes)),
        *(".SH ENVIRONMENT", *_list(ENVIRONMENT)),
        *(".SH FILES", *_list(FILES)),
        *(".SH EXAMPLES", *_list(EXAMPLES)),
        *(".SH SEE ALSO", SEE_ALSO),
    ]
    return "\n".join([*lines, ""])


def text(told: str) -> str:
    """`told` as lines of roff that mean nothing else: no hyphen, no request, no escape."""
    lines = textwrap.wrap(told, break_long_words=False, break_on_hyphens=False)
    return "\n".join(_line(line) for line in lines)


def bold(told: str) -> str:
    """The same on one line, in bold."""
    return rf"\fB{_line(told)}\fR"


def _line(told: str) -> str:
    escaped = told.translate(_ESCAPES)
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def _list(told: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in told:
        yield from (".TP", bold(term), text(meaning))


def _arguments(actions: Iterable[argparse.Action]) -> Iterator[str]:
    return _list(map(explained, actions))


def _areas(commands: Mapping[str, Parser]) -> Iterator[str]:
    for area, names in contents.areas(commands):
        yield f".SS {area}"
        for name in names:
            if name not in BY_NAME or BY_NAME[name].name == name:
                yield from _command(commands[name])


def _eights(commands: Mapping[str, Parser]) -> Iterator[str]:
    for verb in EIGHTS:
        yield from _command(commands[f"8{verb.name}"])


def _command(parser: Parser) -> Iterator[str]:
    if inner := commands_of(parser):
        for one in inner.values():
            yield from _command(one)
        return
    verb = BY_NAME.get(parser.prog.split()[-1])
    also = f"; also called {', '.join(verb.also)}" if verb and verb.also else ""
    yield from (".TP", bold(synopsis(parser)), text(f"{parser.description}{also}"))
    for example in parser.examples:
        yield from (".br", f"as {bold(example)}")
    if actions := own(parser):
        yield from (".RS", *_arguments(actions), ".RE")
