"""What can be written on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from gbterm import __version__
from gbterm.cli import (
    by_environment,
    completions,
    config,
    console,
    contents,
    demo,
    host,
    key,
    links,
    pipe,
    serve,
)
from gbterm.cli.bug_report import command as bug_report
from gbterm.cli.parser import Commands, Parser, add_target, command
from gbterm.cli.verbs.arguments import add_verbs, guarded
from gbterm.cli.verbs.table import BY_NAME, EIGHTS
from gbterm.config import CONSOLE_THEMES
from gbterm.service import command as service

HELP, ALL = "help", "all"
WHAT_HELPS = "list the commands, or say what one does and takes"


def parse(argv: list[str]) -> argparse.Namespace:
    """The options in `argv`, with the command as `run`. Raises UsageError."""
    top, commands = declared(argv)
    args, unknown = top.parse_known_args(guarded(argv))
    if unknown:
        next((commands[word] for word in argv if word in commands), top).refuse(unknown)
    by_environment.complete(args)
    return args


def complete() -> None:
    """Tell a shell what can follow the line that it has, then end."""
    completions.answer(lambda words: declared(words)[0])


def declared(argv: list[str]) -> tuple[Parser, Mapping[str, Parser]]:
    """The parser of a command line, and those of its commands: whole are all that `argv` names."""
    top = Parser(
        prog="gbterm",
        usage="gbterm [OPTION ...] [COMMAND ...]",
        description=contents.filled(contents.ABOUT),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"gbterm {__version__}")
    add_target(top)
    _add_console(top)
    top.set_defaults(run=console.run, aimed=True)
    commands = top.add_subparsers(
        metavar="COMMAND", parser_class=Parser, prog="gbterm", help=argparse.SUPPRESS
    )
    add_verbs(commands, argv)
    _add_hosts(commands)
    _add_config(commands)
    _add_keys(commands)
    _add_printers(commands)
    _add_doctor(commands)
    _add_report(commands)
    _add_links(commands)
    service.add(commands)
    _add_completions(commands)
    _add_simulate(commands, "simulate" in argv)
    manual = command(commands, "man", _man, "print the manual page", aim=False)
    manual.show_examples("| man -l -", "> gbterm.1")
    shown = command(commands, HELP, lambda args: _help(commands, args.topic), WHAT_HELPS, aim=False)
    topics = [ALL, *sorted(commands.choices)]
    what = "one of them; all: a sentence of each"
    shown.add_argument("topic", nargs="?", choices=topics, metavar="COMMAND", help=what)
    top.epilog = f"{contents.names(commands.choices)}\n{contents.filled(contents.EXIT_CODES)}"
    return top, commands.choices


def _help(commands: Commands, topic: str | None) -> int:
    if topic == ALL:
        print(contents.sentences(commands.choices), end="")
    elif topic:
        commands.choices[topic].print_help()
    else:
        print(contents.names(commands.choices))
        print(contents.filled(contents.HINTS), contents.filled(contents.EXIT_CODES), sep="\n")
    return 0


def _man(_: argparse.Namespace) -> int:
    from gbterm.cli.man import page

    eights = [f"8{verb.name}" for verb in EIGHTS]
    print(page(*declared(["simulate", *BY_NAME, *eights])), end="")
    return 0


def _add_hosts(verbs: Commands) -> None:
    what = "open the console on the built-in virtual printer"
    _add_console(command(verbs, "demo", demo.run, what, aim=False))
    served = command(verbs, "serve", serve.serve, "serve a printer on a port, in the foreground")
    served.show_examples(
        "--port /dev/ttyUSB0", "--printer ender --listen 0.0.0.0:8000 --tls-cert /etc/ssl/pi.pem"
    )
    served.add_argument(
        "--listen", metavar="HOST:PORT", help="the address for clients, else 127.0.0.1:8000 if free"
    )
    served.add_argument(
        "--octoprint-listen",
        metavar="HOST:PORT",
        help="also serve slicers and apps that talk to an OctoPrint, at this address",
    )
    served.add_argument("--data", type=Path, metavar="DIR", help="where the file library is kept")
    for option, metavar, text in (
        ("--tls-cert", "FILE", "serve wss:// with this certificate, in PEM"),
        ("--tls-key", "FILE", "its key, unless it is in the same file"),
        ("--frontend", "DIR", "serve the static files of a web frontend on the same port"),
    ):
        served.add_argument(option, type=Path, metavar=metavar, help=text)
    _add_stop(verbs, "stop")
    hosts = command(verbs, "host", host.missing, "stop a host (or run one of its processes)")
    inner = hosts.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _add_stop(inner, "stop")
    what = "carry a client's connection to the server, as ssh:// addresses need it"
    piped = command(inner, "pipe", pipe.run, what, aim=False)
    what = "which printer, where several run here"
    piped.add_argument("printer", nargs="?", metavar="NAME", default=argparse.SUPPRESS, help=what)
    for role in ("printer", "server"):
        process = command(inner, role, host.process, f"run the {role} process itself", aim=False)
        what = "what a host gives it"
        process.add_argument("rest", nargs=argparse.REMAINDER, metavar="NAME ...", help=what)
        process.set_defaults(role=role)


def _add_config(verbs: Commands) -> None:
    what = "print the configuration, what it may hold, or what is wrong with it"
    told = command(verbs, "config", config.missing, what, aim=False)
    inner = told.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    what = "print all that is wrong with it, by file, line and key, and what looks wrong"
    command(inner, "check", config.check, what, aim=False)
    what = "print each value that counts, and where it comes from"
    shown = command(inner, "show", config.show, what, aim=False)
    shown.add_argument("--json", action="store_true", help="print JSON")
    command(inner, "path", config.path, "print which files it is, the last one wins", aim=False)
    what = "print every key with what it means, as a file to begin with"
    written = command(inner, "example", config.example, what, aim=False)
    written.show_examples("> ~/.config/gbterm/config.toml")


def _add_keys(verbs: Commands) -> None:
    keys = command(verbs, "key", key.missing, "make, list and revoke keys for clients", aim=False)
    inner = keys.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    create = command(inner, "create", key.create, "make a key and print it, this once", aim=False)
    create.add_argument("name", metavar="NAME", help="whom or what it is for, as panel")
    # Behind the scopes the name would be one more.
    create.usage = "%(prog)s NAME --scope SCOPE [SCOPE ...]"
    create.show_examples("panel --scope operate files")
    create.add_argument(
        "--scope",
        action="extend",
        nargs="+",
        choices=key.SCOPES,
        required=True,
        metavar="SCOPE",
        help=f"what it may do: {', '.join(key.SCOPES)}; each may watch, admin may do everything",
    )
    command(inner, "list", key.list_all, "print the keys' names, scopes and dates", aim=False)
    revoke = command(inner, "revoke", key.revoke, "end the use of a key now", aim=False)
    revoke.add_argument("name", metavar="NAME", help="as gbterm key list prints it")


def _add_doctor(verbs: Commands) -> None:
    what = "look at all that gbterm needs here, and say what is wrong and what to do"
    verb = command(verbs, "doctor", _doctor, what, aim=False)
    verb.add_argument("--json", action="store_true", help="for programs")
    verb.show_examples("", "--json")


def _add_printers(verbs: Commands) -> None:
    what = "list what one can connect to from here, and how; opens nothing"
    verb = command(verbs, "printers", _printers, what, aim=False)
    verb.add_argument("--json", action="store_true", help="for programs")
    verb.show_examples("", "--json")


def _printers(args: argparse.Namespace) -> int:
    from gbterm.cli.printers import run

    return run(args)


def _doctor(args: argparse.Namespace) -> int:
    from gbterm.cli.doctor.command import run

    return run(args)


def _add_report(verbs: Commands) -> None:
    what = "gather what is needed to find a fault in one file, without keys and passwords"
    verb = command(verbs, "report", bug_report.run, what)
    what = (
        "the file to write (tar.gz), - for standard output, else one with a name of its own, here"
    )
    verb.add_argument("file", nargs="?", type=Path, metavar="FILE", help=what)
    verb.show_examples("", "--printer ender /tmp/ender.tar.gz", "- > ender.tar.gz")


def _add_links(verbs: Commands) -> None:
    what = "write a launcher for each command into a folder, as 8status"
    links_ = command(verbs, "links", links.links, what, aim=False)
    links_.add_argument("folder", metavar="DIR", help="one of your PATH")
    links_.show_examples("~/.local/bin", "~/.local/bin --remove")
    links_.add_argument("--remove", action="store_true", help="remove them from there instead")


def _add_completions(verbs: Commands) -> None:
    what = "print the script that completes gbterm's commands in a shell"
    verb = command(verbs, "completions", completions.script, what, aim=False)
    what = "which one; source what is printed where it reads its settings"
    verb.add_argument("shell", choices=completions.SHELLS, help=what)
    verb.show_examples("bash > ~/.gbterm && echo '. ~/.gbterm' >> ~/.bashrc")


def _add_stop(verbs: Commands, name: str) -> None:
    stop = command(verbs, name, host.stop, "end the host of a printer, unless it is printing")
    stop.add_argument("--force", action="store_true", help="cancel a print, heaters off, then end")


def _add_simulate(verbs: Commands, simulating: bool) -> None:
    what = "run a virtual Marlin board"
    verb = verbs.add_parser("simulate", help=what, description=what, allow_abbrev=False)
    verb.set_defaults(aimed=False)
    if simulating:
        from gbterm.simulator import command

        command.add_arguments(verb)
        verb.set_defaults(run=command.run)


def _add_console(parser: Parser) -> None:
    group = parser.add_argument_group("the console, else as configured")
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
