"""`gbterm serve`: start or adopt the host of a printer and stay in the foreground."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from gbterm import config_file, paths
from gbterm.cli import listening
from gbterm.cli.by_environment import name_of
from gbterm.cli.exits import ExitCode
from gbterm.cli.host import end
from gbterm.cli.quick import is_printing
from gbterm.cli.target import Target, resolve
from gbterm.config import DEFAULT_LISTEN, OCTOPRINT_LISTEN, Serving
from gbterm.errors import GbtermError, LinkError, UsageError, WrongState
from gbterm.host import hosts

if TYPE_CHECKING:
    from gbterm.host.hosts import RunningHost

OF_SERVING = ("tls_cert", "tls_key", "frontend")
"""The options that replace what is configured."""
LOOK_EVERY_S = 0.5


class _AskedToEnd(Exception):
    """SIGTERM or SIGINT."""


def serve(args: argparse.Namespace) -> ExitCode:
    """Serve until the host ends or a signal comes; a print goes on without this process."""
    target = resolve(args)
    profile = target.startable()
    configured = config_file.load()
    if args.listen is not None:
        listening.check(args.listen, name_of(args, "listen"))
    if args.octoprint_listen is not None:
        listening.check(args.octoprint_listen, "--octoprint-listen", OCTOPRINT_LISTEN)
        profile = replace(profile, octoprint_listen=args.octoprint_listen)
    from gbterm.host import launch

    signal.signal(signal.SIGTERM, _asked)
    signal.signal(signal.SIGINT, _asked)
    started = hosts.find(target.host) is None
    if started and sys.stderr.isatty():
        print(f"Connecting to {target.name} ...", file=sys.stderr)
    try:
        host = launch.ensure(
            target.host,
            profile,
            data=args.data.absolute() if args.data else paths.data_dir(),
            listen=args.listen or profile.listen or DEFAULT_LISTEN,
            listen_required=args.listen is not None,
            serving=_serving(args, configured.serving),
            watching=configured.watching,
            history=configured.history,
            octoprint_required=args.octoprint_listen is not None,
        )
        started = host.started
        target = replace(target, host=host.name, folder=host.run_dir)
        if not started:
            _refuse_other_options(args, host)
        if host.note:
            print(host.note, file=sys.stderr)
        served = "".join(f" {url}" for url in (host.url, host.octoprint_url) if url)
        print(f"READY {host.called} {host.port}{served} unix:{host.server_socket}", flush=True)
        _watch(target)
    except (_AskedToEnd, GbtermError) as end_of_it:
        if started:
            _end_if_idle(target)
        if isinstance(end_of_it, GbtermError):
            raise
    return ExitCode.DONE


def _serving(args: argparse.Namespace, serving: Serving) -> Serving:
    """How the server serves: as configured, unless the command line says otherwise."""
    if args.tls_key and not args.tls_cert:
        raise UsageError("--tls-key goes with --tls-cert.")
    if args.tls_cert:
        key = str(args.tls_key.absolute()) if args.tls_key else ""
        serving = replace(serving, tls_cert=str(args.tls_cert.absolute()), tls_key=key)
    if args.frontend:
        serving = replace(serving, frontend=str(args.frontend.absolute()))
    if serving.frontend and not Path(serving.frontend).is_dir():
        raise UsageError(
            f"{serving.frontend} is no directory: name the one that holds the frontend."
        )
    return serving


def _refuse_other_options(args: argparse.Namespace, host: RunningHost) -> None:
    """Raise UsageError where a host that runs already serves otherwise than asked for."""
    other = args.listen is not None and args.listen != host.listen
    if other and args.listen.rpartition(":")[2] != "0":
        where = host.listen or "no address"
        raise UsageError(
            f"The host of {host.port} runs already and serves {where}; leave"
            f" {name_of(args, 'listen')} out, or end it first with gbterm stop."
        )
    octoprint = args.octoprint_listen
    if octoprint not in (None, host.octoprint) and octoprint.rpartition(":")[2] != "0":
        raise UsageError(
            f"The host of {host.port} runs already and serves OctoPrint's clients at"
            f" {host.octoprint or 'no address'}; leave --octoprint-listen out, or end it first with"
            " gbterm stop."
        )
    for option, what in (("data", "library"), *((name, "settings") for name in OF_SERVING)):
        if getattr(args, option) is not None:
            raise UsageError(
                f"The host of {host.port} runs already with its own {what}; leave"
                f" --{option.replace('_', '-')} out, or end it first with gbterm stop."
            )


def _watch(target: Target) -> None:
    """Return when somebody ended the host. Raises LinkError where it died."""
    while hosts.is_alive(target.run_dir):
        time.sleep(LOOK_EVERY_S)
    if target.printer_socket.exists():
        raise LinkError(f"The host of {target.name} died; start it again with gbterm serve.")
    print(f"The host of {target.name} was ended.", file=sys.stderr)


def _end_if_idle(target: Target) -> None:
    try:
        end(target)
    except WrongState as error:
        goes_on = "goes on without gbterm serve"
        if is_printing(target):
            print(f"The print on {target.name} {goes_on}.", file=sys.stderr)
        else:
            print(f"The host of {target.name} {goes_on}: {error}", file=sys.stderr)
    except LinkError:
        return


def _asked(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: a second one must not interrupt the orderly end.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _AskedToEnd
