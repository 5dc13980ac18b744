"""`gbterm config`: what may be configured, what is, by which files, and what is wrong."""

from __future__ import annotations

import argparse

from gbterm import paths
from gbterm.cli.exits import ExitCode
from gbterm.config import EXAMPLE
from gbterm.errors import UsageError


def example(_: argparse.Namespace) -> ExitCode:
    """Print every key with what it means, as a file that changes nothing yet."""
    print(EXAMPLE.read_text(encoding="utf-8"), end="")
    return ExitCode.DONE


def path(_: argparse.Namespace) -> ExitCode:
    """Print the files that are read, in their order, and which of them are there."""
    for file in paths.config_files():
        print(f"{'there' if file.exists() else 'absent':<6}  {file}")
    return ExitCode.DONE


def show(args: argparse.Namespace) -> ExitCode:
    """Print what counts, and where each value comes from. Raises `ConfigError`."""
    from gbterm.cli.config_values import show

    show(as_json=args.json)
    return ExitCode.DONE


def check(_: argparse.Namespace) -> ExitCode:
    """Print all mistakes, then what is doubtful; `WRONG_USAGE` where there is a mistake."""
    from gbterm.cli.config_check import check

    return check()


def missing(_: argparse.Namespace) -> ExitCode:
    """`gbterm config` alone."""
    raise UsageError(
        "Say what to do with the configuration: check, show, path or example; see gbterm config"
        " --help."
    )
