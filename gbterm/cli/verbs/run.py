"""Running a one-shot command on the printer that is meant, and printing what it answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from gbterm import trace
from gbterm.cli import quick_profile, remote
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.cli.verbs.verb import Answer, Asked, Verb
from gbterm.errors import NeedsConfirmation, NotSupported
from gbterm.text import scrub


def runner(verb: Verb, *, launched: bool = False) -> Callable[[argparse.Namespace], ExitCode]:
    """`verb` as a command of the command line; `launched` is as its `8NAME`."""

    def run(args: argparse.Namespace) -> ExitCode:
        if launched:
            quick_profile.remember(args)
        target = resolve(args)
        with trace.shown(sys.stderr, args.verbose, target.credentials.hide):
            named = "" if target.name == target.place else f"{target.name} at "
            trace.noted(f"printer {named}{target.place}")
            answer = _asked_first(verb, target, args)
        show(answer, as_json=args.json)
        return ExitCode.DONE

    return run


def show(answer: Answer, *, as_json: bool) -> None:
    """Print what a command answers."""
    if as_json:
        print(json.dumps(answer.data, indent=2))
        return
    for line in answer.lines:
        print(line)


def _asked_first(verb: Verb, target: Target, args: argparse.Namespace) -> Answer:
    """What `verb` answers; what it asks is put to a terminal, unless --yes has answered it."""
    agreed = getattr(args, "yes", False)
    try:
        return _answer(verb, target, args, agreed)
    except NeedsConfirmation as question:
        if agreed or not verb.confirms:
            raise
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise NeedsConfirmation(f"{question} To agree, add --yes.") from question
        print(f"{scrub(str(question))} [y/N] ", end="", file=sys.stderr, flush=True)
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
    return remote.ask(
        target, lambda backend: run(Asked(backend, args, target, confirmed)), verb.within_s
    )
