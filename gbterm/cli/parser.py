"""The command line's parsers: their complaints, and the options that many commands share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeAlias

from gbterm.address import URL_EXAMPLES
from gbterm.errors import UsageError

Command = Callable[[argparse.Namespace], int]


_COMMAND = re.compile(r"(?s)argument COMMAND: invalid choice: '(.*)' \(choose from (.*)\)$")
"""The complaint about an unknown command."""


def _no_command(found: re.Match[str]) -> str:
    wrong, names = found[1], re.findall(r"[^', ]+", found[2])
    return f"there is no command {wrong!r}{_near(wrong, names)}"


def _near(wrong: str, known: Iterable[str]) -> str:
    """In parentheses, what may have been meant."""
    import difflib

    near = difflib.get_close_matches(wrong.partition("=")[0], known, 3)
    return f" (near: {', '.join(near)})" if near else ""


class Help(argparse.HelpFormatter):
    """Its usage leaves the options to the lines below it; what it says has lines of its own."""

    def _format_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None,
    ) -> str:
        del groups  # they are of options
        known, called = list(actions), self._prog
        named = [action for action in known if not action.option_strings or action.required]
        self._prog += " [OPTION ...]" if len(named) < len(known) else ""
        told = super()._format_usage(usage, named, (), prefix)
        self._prog = called
        if any(len(line) > self._width for line in told.splitlines()):
            # argparse hangs what does not fit beside a short name under that name's end.
            told = re.sub(r"\n +", f"\n{' ' * len('usage: ')}", told)
        return told

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill, lines = super()._fill_text, text.split("\n")
        return "\n".join(fill(line, width, "  " if line[:1] == " " else indent) for line in lines)


class Parser(argparse.ArgumentParser):
    """Complains in one sentence, through the same door as everything else."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**{"formatter_class": Help, **named})
        self.examples: tuple[str, ...] = ()

    def show_examples(self, *examples: str) -> None:
        """Have the help end with calls of this command; each of `examples` follows its name."""
        self.examples = tuple(f"{self.prog} {example}".rstrip() for example in examples)
        heading = "examples:" if len(examples) > 1 else "example:"
        self.epilog = "\n  ".join((heading, *self.examples))

    def error(self, message: str) -> NoReturn:
        message = _COMMAND.sub(_no_command, message)
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Complain about arguments that this command doesn't take."""
        first = unknown[0]
        near = _near(first, self._option_string_actions) if first.startswith("-") else ""
        self.error(f"unrecognized arguments: {' '.join(unknown)}{near}")

    def leading_options(self, words: list[str]) -> int:
        """How many of `words` are options known here, with their values, before anything else."""
        at = 0
        while at < len(words):
            name, gives_value, _ = words[at].partition("=")
            action = self._option_string_actions.get("-v" if name == "-vv" else name)
            if action is None or (name != words[at] and not name.startswith("--")):
                break
            at += 2 if action.nargs is None and not gives_value else 1
        return min(at, len(words))


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
"""Where commands are added."""


def command(verbs: Commands, name: str, run: Command, help: str, aim: bool = True) -> Parser:
    """The parser of a new command; `aim` is whether it takes the options for a printer."""
    verb = verbs.add_parser(name, help=help, description=help, allow_abbrev=False)
    if aim:
        add_target(verb)
    verb.set_defaults(run=run, aimed=aim)
    return verb


def add_target(parser: Parser) -> None:
    """Declare the options that say which printer is meant."""
    # SUPPRESS: a command's parser must not undo what was given before the command.
    group = parser.add_argument_group("which printer")
    for option, metavar, text in (
        ("--port", "DEVICE", "the printer on this serial port"),
        ("--url", "ADDRESS", "a server: " + URL_EXAMPLES),
        ("--printer", "NAME", "a printer of the configuration"),
    ):
        group.add_argument(option, metavar=metavar, help=text, default=argparse.SUPPRESS)
    for option, text in (
        ("--key-file", "the key that a server asks for, else GBTERM_KEY or the configuration"),
        ("--tls-ca", "who vouches for a server's certificate, else the system's authorities"),
    ):
        group.add_argument(option, metavar="FILE", help=text, default=argparse.SUPPRESS)
    group.add_argument(
        "--baud", type=baud, metavar="N", help="the port's speed", default=argparse.SUPPRESS
    )


def baud(text: str) -> int:
    """An argument's type: a line's speed, in bits per second."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no baud rate, write a number as 115200")
    return int(text)


def seconds(text: str) -> float:
    """An argument's type: so many seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def count(text: str) -> int:
    """An argument's type: how many, at least one."""
    if not text.isascii() or not text.isdigit() or not int(text[:10]) > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)
