"""What the parsers of the command line say of themselves, for the manual and the list in `docs`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from gbterm.cli.parser import Parser, add_target
from gbterm.cli.verbs.arguments import complete
from gbterm.cli.verbs.verb import Verb

WIDE = 10_000
"""Characters: no line of a synopsis is broken."""


def shared() -> list[argparse.Action]:
    """The options of nearly all commands on a printer, which are told of once."""
    parser = Parser(add_help=False)
    add_target(parser)
    complete(parser, Verb("", "", confirms=True))
    return parser._actions


def own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What else a command takes, but for its subcommands and its help."""
    known = {explained(action) for action in shared()}
    return [
        action
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        and explained(action) not in known
    ]


def commands_of(parser: Parser) -> Mapping[str, Parser]:
    """The subcommands of a command, as `gbterm key` has some."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def synopsis(parser: argparse.ArgumentParser) -> str:
    """A command with all that is its own, on one line."""
    formatter = argparse.HelpFormatter(parser.prog, width=WIDE)
    formatter.add_usage(parser.usage, own(parser), parser._mutually_exclusive_groups, prefix="")
    return formatter.format_help().strip()


def explained(action: argparse.Action) -> tuple[str, str]:
    """How an argument is written, and what it is."""
    formatter = argparse.HelpFormatter("gbterm", width=WIDE)
    told = formatter._expand_help(action) if action.help else ""
    return formatter._format_action_invocation(action), told
