"""A file of this machine, looked at before it is printed."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gbterm import paths, wire
from gbterm.backends.marlin.measures import measures
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.cli.verbs.verb import Answer
from gbterm.errors import GbtermError
from gbterm.findings import Finding, Measures, Severity, in_order, room
from gbterm.gcode.inspection import inspect_file
from gbterm.text import scrub


def check(target: Target, args: argparse.Namespace) -> Answer:
    """What is found, a line each, as compilers tell it."""
    path = Path(args.file)
    found = inspect_file(path, _measures(target))
    found = replace(found, findings=in_order((*found.findings, *_room(target, found.size))))
    lines = [_line(args.file, finding) for finding in found.findings]
    if found.not_judged:
        unknown = "; ".join(found.not_judged)
        lines.append(f"{scrub(args.file)}: not judged, for nothing is known of it: {unknown}")
    is_wrong = found.worst in (Severity.REFUSE, Severity.ASK)
    return Answer(tuple(lines), wire.to_json(found), found_wrong=is_wrong)


def _line(file: str, finding: Finding) -> str:
    where = f"{scrub(file)}:{finding.line}" if finding.line else scrub(file)
    return f"{where}: {finding.severity.value}: {finding.said}"


def _measures(target: Target) -> Measures:
    """By the board, where its host runs, or else by the profile alone."""
    if target.host:
        with (
            suppress(GbtermError, ValueError, TypeError, AttributeError),
            PrinterSocket(target) as host,
        ):
            return wire.from_json(Measures, host.call("get_measures"))
    return measures(target.profile) if target.profile and target.profile.port else Measures()


def _room(target: Target, size: int) -> tuple[Finding, ...]:
    """Of the disk of the library, where that is one of this machine."""
    if not target.host:
        return ()
    try:
        disk = os.statvfs(paths.data_dir())
    except OSError:
        return ()  # there is no library yet, or it is another user's
    return room(disk.f_bavail * disk.f_frsize, size)
