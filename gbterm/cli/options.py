"""What can be written on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from gbterm import __version__
from gbterm.cli import console, demo, files, host, key, oneshot, pipe, serve, waitend
from gbterm.config import CONSOLE_THEMES, URL_EXAMPLES
from gbterm.errors import UsageError

EPILOG = """\
Without a command: the console on the printer that is meant, which is the one that
--port, --url or --printer names (before or after the command), else the default
printer of the configuration, the only one there, or the only host that runs.

exit codes: 0 done, 1 failed inside, 2 wrong usage, 3 refused by the server,
            4 unreachable, 5 wrong state, 6 timed out, 7 printer error,
            130 interrupted
"""

Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """Complains in one sentence, through the same door as everything else."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


Verbs = argparse._SubParsersAction


def parse(argv: list[str]) -> argparse.Namespace:
    """The options in `argv`, with the command as `run`. Raises UsageError."""
    return _parser("simulate" in argv).parse_args(argv)


def _parser(simulating: bool) -> Parser:
    top = Parser(
        prog="gbterm",
        description="The terminal console for 3D printers.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"gbterm {__version__}")
    _add_target(top)
    _add_console(top)
    top.set_defaults(run=console.run)
    verbs = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _add_jobs(verbs)
    _add_hosts(verbs)
    _add_keys(verbs)
    _add_simulate(verbs, simulating)
    shown = verbs.add_parser("help", help="show this text, or a command's", allow_abbrev=False)
    shown.add_argument("topic", nargs="?", choices=sorted(verbs.choices), metavar="COMMAND")
    shown.set_defaults(run=lambda args: _help(top, verbs, args.topic))
    return top


def _help(top: Parser, verbs: Verbs[Parser], topic: str | None) -> int:
    (verbs.choices[topic] if topic else top).print_help()
    return 0


def _add_jobs(verbs: Verbs[Parser]) -> None:
    status = _verb(verbs, "status", oneshot.status, "print the state, temperatures and job")
    status.add_argument("--json", action="store_true", help="print a JSON object")
    upload = _verb(verbs, "upload", files.upload, "put a file into the library, print its id")
    upload.add_argument("file", metavar="FILE")
    run = _verb(verbs, "runfile", files.runfile, "upload a file and start to print it")
    run.add_argument("file", metavar="FILE")
    run.add_argument("--yes", action="store_true", help="agree to what would be asked")
    _verb(verbs, "pause", oneshot.pause, "pause the job")
    _verb(verbs, "resume", oneshot.resume, "resume the job")
    _verb(verbs, "cancel", oneshot.cancel, "end the job and turn the heaters off")
    _verb(verbs, "estop", oneshot.estop, "emergency stop: halt the printer now")
    wait = _verb(
        verbs, "waitend", waitend.waitend, "wait for the end of the job: 0 finished, 5 cancelled"
    )
    wait.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="give up, exit code 6")


def _add_hosts(verbs: Verbs[Parser]) -> None:
    what = "open the console on the built-in virtual printer"
    _add_console(_verb(verbs, "demo", demo.run, what, aim=False))
    served = _verb(verbs, "serve", serve.serve, "serve a printer on a port, in the foreground")
    served.add_argument(
        "--listen", metavar="HOST:PORT", help="the address for clients, else 127.0.0.1:8000 if free"
    )
    served.add_argument("--data", type=Path, metavar="DIR", help="where the file library is kept")
    for option, metavar, text in (
        ("--tls-cert", "FILE", "serve wss:// with this certificate, in PEM"),
        ("--tls-key", "FILE", "its key, unless it is in the same file"),
        ("--frontend", "DIR", "serve the static files of a web frontend on the same port"),
    ):
        served.add_argument(option, type=Path, metavar=metavar, help=text)
    _add_stop(verbs, "stop")
    hosts = _verb(verbs, "host", host.missing, "stop a host (or run one of its processes)")
    inner = hosts.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _add_stop(inner, "stop")
    what = "carry a client's connection to the server, as ssh:// addresses need it"
    piped = _verb(inner, "pipe", pipe.run, what, aim=False)
    piped.add_argument("printer", nargs="?", metavar="NAME", default=argparse.SUPPRESS)
    for role in ("printer", "server"):
        process = _verb(inner, role, host.process, f"run the {role} process itself", aim=False)
        process.add_argument("rest", nargs=argparse.REMAINDER, metavar="NAME ...")
        process.set_defaults(role=role)


def _add_keys(verbs: Verbs[Parser]) -> None:
    keys = _verb(verbs, "key", key.missing, "make, list and revoke keys for clients", aim=False)
    inner = keys.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    create = _verb(inner, "create", key.create, "make a key and print it, this once", aim=False)
    create.add_argument("name", metavar="NAME")
    create.add_argument(
        "--scope",
        action="extend",
        nargs="+",
        choices=key.SCOPES,
        required=True,
        help=f"what it may do: {', '.join(key.SCOPES)}; each may watch, admin may do everything",
    )
    _verb(inner, "list", key.list_all, "print the keys' names, scopes and dates", aim=False)
    revoke = _verb(inner, "revoke", key.revoke, "end the use of a key now", aim=False)
    revoke.add_argument("name", metavar="NAME")


def _add_stop(verbs: Verbs[Parser], name: str) -> None:
    stop = _verb(verbs, name, host.stop, "end the host of a printer, unless it is printing")
    stop.add_argument("--force", action="store_true", help="cancel a print, heaters off, then end")


def _add_simulate(verbs: Verbs[Parser], simulating: bool) -> None:
    verb = verbs.add_parser("simulate", help="run a virtual Marlin board", allow_abbrev=False)
    if simulating:
        from gbterm.simulator import command

        command.add_arguments(verb)
        verb.set_defaults(run=command.run)


def _verb(verbs: Verbs[Parser], name: str, run: Command, help: str, aim: bool = True) -> Parser:
    verb = verbs.add_parser(name, help=help, description=f"{name}: {help}", allow_abbrev=False)
    if aim:
        _add_target(verb)
    verb.set_defaults(run=run)
    return verb


def _add_target(parser: Parser) -> None:
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
        "--baud", type=_baud, metavar="N", help="the port's speed", default=argparse.SUPPRESS
    )


def _add_console(parser: Parser) -> None:
    group = parser.add_argument_group("the console, else as configured, else as the terminal is")
    group.add_argument(
        "--plain",
        action="store_true",
        help="lines of text instead of a screen, for screen readers, logs and pipes",
        default=argparse.SUPPRESS,
    )
    group.add_argument(
        "--ascii",
        dest="glyphs",
        action="store_const",
        const="ascii",
        help="draw with ASCII characters alone",
        default=argparse.SUPPRESS,
    )
    group.add_argument(
        "--theme",
        choices=CONSOLE_THEMES,
        help="for a dark or a light ground, or no colours at all",
        default=argparse.SUPPRESS,
    )
    group.add_argument(
        "--slow",
        action=argparse.BooleanOptionalAction,
        help="for a slow line: fewer frames, fewer readings, no mouse",
        default=argparse.SUPPRESS,
    )
    group.add_argument(
        "--no-mouse",
        dest="mouse",
        action="store_false",
        help="leave the mouse to the terminal",
        default=argparse.SUPPRESS,
    )


def _baud(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no baud rate, write a number as 115200")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds
