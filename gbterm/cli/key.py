"""`gbterm key`: the keys that let clients in."""

from __future__ import annotations

import argparse
import sys

from gbterm import paths
from gbterm.cli.exits import ExitCode
from gbterm.errors import UsageError

SCOPES = ("watch", "operate", "files", "admin")


def create(args: argparse.Namespace) -> ExitCode:
    """Make a key and print it, this once."""
    from gbterm.server.keys import Keys, Scope

    print(Keys(paths.keys_file()).create(args.name, map(Scope, args.scope)), flush=True)
    print("Keep it now: it is stored nowhere and never shown again.", file=sys.stderr)
    return ExitCode.DONE


def list_all(_: argparse.Namespace) -> ExitCode:
    """Print a line for each key: its name, what it may do and when it was made."""
    from gbterm.server.keys import Keys

    for key in Keys(paths.keys_file()).all():
        print(f"{key.name}  {','.join(key.scopes)}  {key.created}")
    return ExitCode.DONE


def revoke(args: argparse.Namespace) -> ExitCode:
    """Forget a key; within seconds nobody is connected with it."""
    from gbterm.server.keys import Keys

    Keys(paths.keys_file()).revoke(args.name)
    return ExitCode.DONE


def missing(_: argparse.Namespace) -> ExitCode:
    """`gbterm key` alone."""
    raise UsageError("Say what to do with keys: create, list or revoke; see gbterm key --help.")
