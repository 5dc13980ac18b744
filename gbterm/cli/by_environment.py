"""What variables of the environment say where the command line is silent."""

from __future__ import annotations

import argparse

from gbterm import environment
from gbterm.cli.parser import baud
from gbterm.errors import UsageError

WHICH = ("port", "url", "printer")
"""The options that say which printer is meant, one of them at most."""
_SAID_BY = "said_by"
"""What holds the options that were not on the command line, each with its variable."""
KEPT = ("aimed", _SAID_BY)
"""What else than options the arguments of a command hold."""


def complete(args: argparse.Namespace) -> None:
    """Give the arguments of a command what variables say of it. Raises `UsageError`."""
    setattr(args, _SAID_BY, {})
    if args.aimed and not any(hasattr(args, option) for option in WHICH):
        _which(args)
        _baud(args)
    if getattr(args, "listen", "") is None and (listen := environment.value("listen")):
        _give(args, "listen", listen)


def name_of(args: argparse.Namespace, option: str) -> str:
    """How the option was given: by its variable, or on the command line."""
    written = f"--{option.replace('_', '-')}"
    return str(getattr(args, _SAID_BY, {}).get(option, written))


def named(args: argparse.Namespace, error: UsageError) -> UsageError:
    """The error about the printer that is meant, with the variable that says which it is."""
    said_by = getattr(args, _SAID_BY, {})
    variables = [said_by[option] for option in (*WHICH, "baud") if option in said_by]
    return type(error)(f"{' with '.join(variables)}: {error}") if variables else error


def _which(args: argparse.Namespace) -> None:
    given = [option for option in WHICH if environment.value(option)]
    if len(given) > 1:
        names = " and ".join(map(environment.variable, given))
        raise UsageError(f"{names} are set: only one of them can say which printer is meant.")
    for option in given:
        _give(args, option, environment.value(option))


def _baud(args: argparse.Namespace) -> None:
    value = environment.value("baud")
    if not value or hasattr(args, "baud") or hasattr(args, "url"):
        return
    variable = environment.variable("baud")
    if not (hasattr(args, "port") or hasattr(args, "printer")):
        raise UsageError(f"{variable} goes with GBTERM_PORT or GBTERM_PRINTER: set one of them.")
    try:
        _give(args, "baud", baud(value))
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"{variable}: {error}.") from error


def _give(args: argparse.Namespace, option: str, value: object) -> None:
    getattr(args, _SAID_BY)[option] = environment.variable(option)
    setattr(args, option, value)
