"""Running a one-shot command on the printer that is meant, and printing what it answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gbterm import trace
from gbterm.cli import quick_profile, remote
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.cli.verbs.verb import Answer, Asked, Follow, Verb
from gbterm.errors import NeedsConfirmation, NotSupported
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.backends.base import Backend


def runner(verb: Verb, *, launched: bool = False) -> Callable[[argparse.Namespace], ExitCode]:
    """`verb` as a command of the command line; `launched` is as its `8NAME`."""

    def run(args: argparse.Namespace) -> ExitCode:
        if verb.here is not None:
            with trace.shown(sys.stderr, args.verbose, str):
                answer = verb.here(args)
            show(answer, as_json=args.json)
            return ExitCode.DONE
        if launched:
            quick_profile.remember(args)
        target = resolve(args)
        with trace.shown(sys.stderr, args.verbose, target.credentials.hide):
            named = "" if target.name == target.place else f"{target.name} at "
            trace.noted(f"printer {named}{target.place}")
            if verb.follow is not None:
                _follow(verb.follow, target, args, in_place=verb.in_place)
                return ExitCode.DONE
            answer = _asked_first(verb, target, args)
        show(answer, as_json=args.json)
        return ExitCode.FOUND_WRONG if answer.found_wrong else ExitCode.DONE

    return run


def show(answer: Answer, *, as_json: bool) -> None:
    """Print what a command answers."""
    if as_json:
        print(json.dumps(answer.data, indent=2))
        return
    for line in answer.lines:
        print(line)


def _follow(follow: Follow, target: Target, args: argparse.Namespace, *, in_place: bool) -> None:
    """Print what `follow` has to tell as it comes."""
    from gbterm.cli.verbs.ongoing import print_all

    def printed(backend: Backend) -> Awaitable[None]:
        return print_all(follow(Asked(backend, args, target)), args, in_place=in_place)

    remote.ask(target, printed, None)


def _asked_first(verb: Verb, target: Target, args: argparse.Namespace) -> Answer:
    """What `verb` answers; what it asks is put to a terminal, unless --yes has answered it."""
    agreed = getattr(args, "yes", False)
    try:
        return _answer(verb, target, args, agreed)
    except NeedsConfirmation as question:
        if agreed or not verb.confirms:
            raise
        if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr)):
            raise NeedsConfirmation(f"{question} To agree, add --yes.") from question
        # Which of all commands there are, few need to know.
        from gbterm.cli.contents import filled

        print(filled(f"{scrub(str(question))} [y/N]"), end=" ", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise NeedsConfirmation("Nothing was done.") from question
    return _answer(verb, target, args, True)


def _answer(verb: Verb, target: Target, args: argparse.Namespace, confirmed: bool) -> Answer:
    if verb.alone is not None:
        return verb.alone(target, args)
    if target.host and verb.local is not None:
        with PrinterSocket(target) as printer:
            return verb.local(printer, args)
    run = verb.run
    if run is None:
        raise NotSupported(f"{verb.name} needs a printer on a port of this machine.")
    attended = all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout))

    def asked(backend: Backend) -> Awaitable[Answer]:
        return run(Asked(backend, args, target, confirmed, attended))

    return remote.ask(target, asked, verb.within_s)
