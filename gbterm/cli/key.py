"""`gbterm key`: the keys that let clients in."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from gbterm import paths
from gbterm.cli.exits import ExitCode
from gbterm.errors import UsageError

SCOPES = ("watch", "operate", "files", "admin")


def create(args: argparse.Namespace) -> ExitCode:
    """Make a key and print it, this once."""
    from gbterm.server.keys import Keys, Scope

    print(Keys(_file()).create(args.name, map(Scope, args.scope)), flush=True)
    print("Keep it now: it is stored nowhere and never shown again.", file=sys.stderr)
    if os.geteuid() != 0 and paths.SERVICE_STATE.is_dir():
        print(
            "It is for hosts of your own; for this machine's service: sudo gbterm key create.",
            file=sys.stderr,
        )
    return ExitCode.DONE


def list_all(_: argparse.Namespace) -> ExitCode:
    """Print a line for each key: its name, what it may do and when it was made."""
    from gbterm.server.keys import Keys

    for key in Keys(_file()).all():
        print(f"{key.name}  {','.join(key.scopes)}  {key.created}")
    return ExitCode.DONE


def revoke(args: argparse.Namespace) -> ExitCode:
    """Forget a key; within seconds nobody is connected with it."""
    from gbterm.server.keys import Keys

    Keys(_file()).revoke(args.name)
    return ExitCode.DONE


def missing(_: argparse.Namespace) -> ExitCode:
    """`gbterm key` alone."""
    raise UsageError("Say what to do with keys: create, list or revoke; see gbterm key --help.")


def _file() -> Path:
    """The keys of this user's hosts; for root those of the machine's service, where it has one."""
    folder = paths.SERVICE_STATE
    if os.geteuid() != 0 or not folder.is_dir() or "XDG_CONFIG_HOME" in os.environ:
        return paths.keys_file()
    # Its user must be able to read them, and root writes nothing where others may.
    owner = folder.stat()
    with suppress(PermissionError):
        os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    return folder / paths.keys_file().name
