"""`gbterm service console`: the console on a screen or a serial line, at each start."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm.cli.exits import ExitCode
from gbterm.cli.parser import Commands, baud, command
from gbterm.errors import NotSupported, UsageError
from gbterm.service.units import USER

if TYPE_CHECKING:
    from gbterm.service.console import Wish

WHAT = "show the console on a screen or a serial line from the machine's start on"
ROOT = Path("/")


def add(inner: Commands) -> None:
    """Declare it among the commands of `gbterm service`."""
    verb = command(inner, "console", run, WHAT, aim=False)
    verb.add_argument(
        "--tty", required=True, metavar="TTY", help="the screen, as tty1, or the line, as serial0"
    )
    for option, metavar, text in (
        ("--printer", "NAME", "the printer that it opens, else what gbterm alone opens"),
        ("--hostname", "NAME", "also call this machine NAME, in the network NAME.local"),
    ):
        verb.add_argument(option, metavar=metavar, default="", help=text)
    verb.add_argument("--term", type=_term, metavar="TERM", help="else linux, and vt220 on a line")
    verb.add_argument("--user", metavar="USER", default=USER, help=f"who runs it, else {USER}")
    verb.add_argument(
        "--baud", type=baud, default=0, metavar="N", help="the line's speed, else the kernel's"
    )
    verb.add_argument(
        "--size", type=_size, metavar="COLUMNSxROWS", help="of the line's terminal, else 80x24"
    )
    verb.add_argument("--remove", action="store_true", help="put the login prompt back instead")
    what = "change the system in this folder, as an image's, not this machine"
    verb.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help=what)
    verb.show_examples(
        "--tty tty1", "--tty serial0 --printer ender --size 120x40", "--tty tty1 --remove"
    )


def run(args: argparse.Namespace) -> ExitCode:
    """Put the console there, or take it away."""
    is_here = args.root == ROOT
    if is_here:
        _check_here()
    elif not args.root.is_dir():
        raise UsageError(f"{args.root} is no folder with a system: name where its / is.")
    if args.remove:
        _remove(args, is_here)
    else:
        _install(args, is_here)
    return ExitCode.DONE


def _check_here() -> None:
    from gbterm.service import systemd

    if not systemd.runs():
        raise NotSupported(
            "systemd does not run this machine, and starts no console on it; --root DIR writes into"
            " a system that it does run."
        )
    if os.geteuid() != 0:
        words = shlex.join((*_program(), *sys.argv[1:]))
        raise UsageError(f"This changes the system, which root alone may: sudo {words}")


def _install(args: argparse.Namespace, is_here: bool) -> None:
    from gbterm.service import console

    shown, notes = console.install(args.root, _wish(args))
    begins = "at the next start"
    if is_here:
        begins = _begin(shown.tty)
    print(f"The console comes up on {shown.tty} as the user {shown.user.name}: {begins}.")
    print("Ctrl+Q in it leads to a login; it comes back after the logout, or in a minute.")
    if args.hostname:
        print(f"This machine is called {args.hostname} from its next start on.")
    for note in notes:
        print(note)


def _wish(args: argparse.Namespace) -> Wish:
    from gbterm.service.console import Wish

    return Wish(
        args.tty,
        args.user,
        _program(),
        args.printer,
        args.hostname,
        args.term or "",
        args.baud,
        args.size,
        (Path(sys.executable), Path(__file__)),
    )


def _program() -> tuple[str, ...]:
    """This program, from wherever it is called."""
    path = Path(sys.argv[0]).absolute()
    return (str(path),) if path.name == "gbterm" else (sys.executable, "-m", "gbterm")


def _begin(tty: str) -> str:
    """Have systemd take it; since when, in words."""
    from gbterm.service import getty, systemd

    systemd.tell("daemon-reload")
    if _has_login(tty):
        return "once whoever is logged in there logs out"
    systemd.tell("restart", "--no-block", getty.unit(tty))
    return "now, and at each start"


def _remove(args: argparse.Namespace, is_here: bool) -> None:
    from gbterm.service import console, getty, systemd

    tty, has_login, notes = console.remove(args.root, args.tty)
    if is_here:
        systemd.tell("daemon-reload")
        if not _has_login(tty):
            systemd.tell("restart" if has_login else "stop", "--no-block", getty.unit(tty))
    print(f"{tty} shows {'the login prompt' if has_login else 'nothing'} again.")
    for note in notes:
        print(note)


def _has_login(tty: str) -> bool:
    """Whether somebody is logged in there, who would be thrown out."""
    done = subprocess.run(["who"], capture_output=True, text=True, check=False)
    return any(line.split()[1:2] == [tty] for line in done.stdout.splitlines())


def _term(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+_-]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a terminal, as vt220")
    return text


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,2})x([1-9]\d{0,2})", text, re.ASCII)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, write columns and rows as 120x40")
    return int(found[1]), int(found[2])
