"""Reading: what is known of a printer, in words, in numbers and as JSON."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from gbterm import octocmd, paths, wire
from gbterm.cli import report
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.cli.verbs.records import as_json
from gbterm.cli.verbs.verb import Answer, Asked, Local, Run, Verb
from gbterm.errors import WrongState
from gbterm.freshness import Known
from gbterm.octoprint_shapes import Told, shape
from gbterm.text import scrub


async def _status(asked: Asked) -> Answer:
    backend = asked.backend
    known = Known(backend.state, wire.age_s(backend.heard_at, backend.clock()))
    return _reported(asked.target, known)


def _status_here(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
    del args
    return _reported(printer.target, printer.look())


def _reported(target: Target, known: Known) -> Answer:
    return Answer(report.as_lines(known), report.as_data(target.name, known))


async def _state(asked: Asked) -> Answer:
    told = await asked.backend.server_json("connection")
    return _of_machine(asked.target, asked.args, told)


def _state_here(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
    return _of_machine(printer.target, args, shape("connection", printer.look().state))


def _of_machine(target: Target, args: argparse.Namespace, told: Any) -> Answer:
    current = told.get("current") if isinstance(told, dict) else None
    state = scrub(str(current.get("state", ""))) if isinstance(current, dict) else ""
    machine = target.place
    named = () if args.quiet else (f"Machine: {scrub(machine)}",)
    return Answer((*named, state), {"machine": machine, "state": state})


def _checkcfg(target: Target, args: argparse.Namespace) -> Answer:
    """What is configured; of the key only where it is from."""
    del args
    shown = target.credentials
    files = [str(path) for path in (*paths.config_files(), *octocmd.files()) if path.is_file()]
    data = {
        "printer": target.name,
        "address": target.place,
        "has_key": bool(shown.key),
        "key_from": shown.key_from or None,
        "files": files,
    }
    lines = (
        f"printer: {target.name}",
        f"address: {data['address']}",
        f"key: {f'from {shown.key_from}' if shown.key else 'none'}",
        *(f"configuration: {file}" for file in files),
    )
    return Answer(tuple(map(scrub, lines)), data)


def _quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-q", dest="quiet", action="store_true", help="print the state alone, not the machine"
    )


def _json(what: Told) -> Run:
    """What an OctoPrint answers, as it is."""

    async def run(asked: Asked) -> Answer:
        return as_json(await asked.backend.server_json(what))

    return run


def _json_here(what: Told) -> Local:
    """The same from what the printer process knows."""

    def local(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
        del args
        return as_json(shape(what, printer.look().state))

    return local


def _readings(what: Told) -> Run:
    """How hot they are, a bare number a line."""

    async def run(asked: Asked) -> Answer:
        return _numbers(await asked.backend.server_json(what))

    return run


def _readings_here(what: Told) -> Local:
    """The same from what the printer process knows."""

    def local(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
        del args
        return _numbers(shape(what, printer.look().state))

    return local


def _numbers(told: Any) -> Answer:
    heaters = told if isinstance(told, dict) else {}
    read = {
        name: heater.get("actual") for name, heater in heaters.items() if isinstance(heater, dict)
    }
    known = {
        name: round(float(actual), 2)
        for name, actual in read.items()
        if isinstance(actual, int | float)
    }
    if not known or len(known) < len(read):
        raise WrongState("The printer has not told that temperature yet: ask again in a moment.")
    return Answer(tuple(map(str, known.values())), known)


def _both(name: str, what: Told, text: str) -> tuple[Verb, Verb]:
    """`name` for the numbers and its `_raw` for all that is told."""
    return (
        Verb(name, text, _readings(what), local=_readings_here(what)),
        Verb(f"{name}_raw", f"{text}, as JSON with targets", _json(what), local=_json_here(what)),
    )


def _raw_where_verbose(verb: Verb, raw: Verb) -> Verb:
    """`verb`, and with -v `raw`, as scripts know it."""

    async def run(asked: Asked) -> Answer:
        chosen = (raw if asked.args.verbose else verb).run
        assert chosen is not None
        return await chosen(asked)

    def local(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
        chosen = (raw if args.verbose else verb).local
        assert chosen is not None
        return chosen(printer, args)

    return replace(verb, help=f"{verb.help}; with -v as JSON", run=run, local=local)


_STATUS_RAW = Verb(
    "status_raw",
    "print how the printer is connected, as JSON",
    _json("connection"),
    local=_json_here("connection"),
    also=("statusraw",),
)
_NOZZLES = _both("gettemp", "tool", "print the temperature of each nozzle")
_BED = _both("getbed", "bed", "print the temperature of the bed")

VERBS = (
    Verb("status", "print the state, temperatures and job", _status, local=_status_here),
    _STATUS_RAW,
    *_NOZZLES,
    *_BED,
    Verb("checkcfg", "print what is configured, never the key", alone=_checkcfg),
    Verb("apiver", "print the versions of the server, as JSON", _json("version")),
    Verb("getjob", "print the job, as JSON", _json("job"), local=_json_here("job")),
)

EIGHTS = (
    _raw_where_verbose(
        Verb("status", "print the machine and its state", _state, _quiet, local=_state_here),
        _STATUS_RAW,
    ),
    _raw_where_verbose(*_NOZZLES),
    _raw_where_verbose(*_BED),
)
