"""`gbterm service`: gbterm as a service of this machine, with all that belongs to it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm import config_file, paths
from gbterm.cli.exits import ExitCode
from gbterm.cli.parser import Commands, Parser, command
from gbterm.errors import UsageError
from gbterm.service import console_command

if TYPE_CHECKING:
    from gbterm.config import PrinterProfile
    from gbterm.service.setup import Setup

WHAT = "have printers served from the machine's start on"
HERE = Path("/")


def add(verbs: Commands) -> None:
    """Declare the command. What a sub-command needs is imported once it runs."""
    service = command(verbs, "service", _missing, WHAT, aim=False)
    inner = service.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    what = "serve printers of the configuration, now and from the machine's start on"
    install = command(inner, "install", _install, what, aim=False)
    install.show_examples("", "--printer ender --as $USER", "--user")
    _add_names(install, "the printer, else all that the configuration has on a port")
    install.add_argument(
        "--as", dest="account", metavar="USER", default="gbterm", help="who runs it, else gbterm"
    )
    what = "serve them no more; what was printed, uploaded and configured stays"
    remove = command(inner, "remove", _remove, what, aim=False)
    remove.show_examples("", "--printer ender", "--force")
    _add_names(remove, "the printer, else all that are served")
    remove.add_argument("--force", action="store_true", help="cancel a print first, heaters off")
    what = "say of each printer whether its service runs, and from the machine's start on"
    _add_where(command(inner, "status", _status, what, aim=False))
    console_command.add(inner)


def _add_names(verb: Parser, what: str) -> None:
    verb.add_argument("--printer", dest="name", metavar="NAME", help=what)
    verb.add_argument(
        "--root", type=Path, default=HERE, metavar="DIR", help="in an image, which starts later"
    )
    _add_where(verb)


def _add_where(verb: Parser) -> None:
    what = "the service of your own, without root, instead of the machine's"
    verb.add_argument("--user", action="store_true", help=what)


def _missing(_: argparse.Namespace) -> ExitCode:
    """`gbterm service` alone."""
    raise UsageError("Say what to do, as install or status; see gbterm service --help.")


def _install(args: argparse.Namespace) -> ExitCode:
    from gbterm.service import others, setup

    here = _setup(args)
    config = here.root / paths.SYSTEM_CONFIG.relative_to(HERE)
    files = paths.config_files() if args.user else (config,)
    printers = _configured(args.name, files)
    if here.is_here:
        others.require_free(printers, is_users_own=args.user)
    if here.is_here and not args.user:
        setup.require_reach(args.account, config)
    here.install({each.name: each.port for each in printers})
    for name in (each.name for each in printers):
        print(f"{name} is served{'' if here.is_here else ' once the image starts'}.")
    if args.user and not (paths.SERVICE_STATE.parent / "systemd/linger" / _me()).exists():
        print(f"It ends with your last login, unless: sudo loginctl enable-linger {_me()}")
    elif here.is_here and not args.user:
        print("Members of the group gbterm may use it: sudo usermod -aG gbterm USER")
    return ExitCode.DONE


def _remove(args: argparse.Namespace) -> ExitCode:
    here = _setup(args)
    served = here.names()
    names = [args.name] if args.name else served
    if not names or not set(names) <= set(served):
        known = ", ".join(served) or "none"
        raise UsageError(
            f"{args.name or 'No printer'} is not served as a service (served: {known})."
        )
    if here.is_here:
        for name in names:
            _end(name, args)
    here.remove(names, is_last=set(names) == set(served))
    for name in names:
        print(f"{name} is served no more.")
    if not args.user:
        print(f"{paths.SYSTEM_CONFIG.parent} and {paths.SERVICE_STATE} stay.")
    return ExitCode.DONE


def _end(name: str, args: argparse.Namespace) -> None:
    """End the service's host, heaters off. Raises `WrongState` in mid-print unless forced."""
    from gbterm.cli.host import end
    from gbterm.cli.target import Target
    from gbterm.host import hosts
    from gbterm.service import others

    run_dir = paths.kept_dir(name) if args.user else paths.SERVICE_RUN / name
    if hosts.is_alive(run_dir) and (not args.user or others.is_users_service(run_dir)):
        end(Target(name, host=name, folder=run_dir), args.force)


def _status(args: argparse.Namespace) -> ExitCode:
    from gbterm.service import status

    return status.show(("--user",) if args.user else ())


def _setup(args: argparse.Namespace) -> Setup:
    from gbterm.service import setup, systemd

    root = args.root.absolute()
    if args.user and root != HERE:
        raise UsageError("--root goes with the service of a machine: leave out --user.")
    if not args.user:
        # What root's own would hide, neither systemd's clients nor the service could read.
        os.umask(0o022)
    if root == HERE and not args.user:
        setup.require_system()
    elif not root.is_dir():
        raise UsageError(f"{root} is no folder: name the one that holds the image.")
    systemd.require()
    account = getattr(args, "account", "gbterm")
    return setup.Setup(root, setup.place(account, is_users_own=args.user))


def _configured(name: str | None, files: tuple[Path, ...]) -> list[PrinterProfile]:
    """The printers to serve. Raises `UsageError` where they are not configured."""
    found = config_file.load(files).printers
    names = [name] if name else [each.name for each in found.values() if each.port]
    if names and all(each in found and found[each].port for each in names):
        return [found[each] for each in names]
    lacking = name or "NAME"
    own = paths.user_config()
    copy = f", or copy yours: sudo install -Dm644 {own} {files[0]}" if own.exists() else ""
    if own == files[-1]:
        copy = ""
    raise UsageError(
        f"{files[-1]} has no printer {name + ' ' if name else ''}on a port: add"
        f" [printer.{lacking}] with its port{copy}."
    )


def _me() -> str:
    import getpass

    return getpass.getuser()
