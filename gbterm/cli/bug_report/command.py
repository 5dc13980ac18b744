"""`gbterm report`: one file with what is needed to find a fault, to look at and to send."""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import gbterm
from gbterm import config_file, paths
from gbterm.cli import remote
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.config import Config
from gbterm.errors import ConfigError, GbtermError, NoneChosen, UsageError
from gbterm.host import hosts
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.cli.bug_report.archive import Archive


STDOUT = Path("-")


def run(args: argparse.Namespace) -> ExitCode:
    """Write the report, and say where it is."""
    from gbterm.cli.bug_report import host_files, machine
    from gbterm.cli.bug_report.archive import Archive
    from gbterm.cli.bug_report.secrets import Secrets, known
    from gbterm.cli.doctor import command as doctor
    from gbterm.cli.doctor.check import Scene

    configured, target, faults = _known(args)
    _refuse_terminal(args.file)
    name = target.name if target else ""
    hidden = Secrets(known(configured, target.credentials.key if target else ""))
    archive = Archive(hidden, f"gbterm {gbterm.__version__}, {scrub(name) or 'no printer'}")
    for what, why in faults.items():
        archive.lacks(what, why)
    machine.put_versions(archive)
    machine.put_config(archive)
    findings = doctor.found(Scene.now(), doctor.OF_THIS_MACHINE)
    archive.put_lines("doctor.txt", "what gbterm doctor finds", doctor.as_lines(findings))
    host_files.put_log(archive, paths.state_dir() / "failed.log", "where gbterm failed inside last")
    if target is not None:
        if target.host:
            host_files.put(archive, target.host)
        _ask(archive, target)
    path: Path = args.file or _free_name(name)
    if path == STDOUT:
        sys.stdout.buffer.write(archive.packed(_free_name(name).name.removesuffix(".tar.gz")))
        sys.stdout.buffer.flush()
        return ExitCode.DONE
    archive.write(path)
    print(*archive.contents(), *(f"missing: {line}" for line in archive.missing), sep="\n")
    print(f"The report is in {path}: look at what it holds before you send it.")
    return ExitCode.DONE


def _refuse_terminal(path: Path | None) -> None:
    if path == STDOUT and sys.stdout.isatty():
        raise UsageError("A report is no text: name a file, or send it on, as by gbterm report - >")


def _known(args: argparse.Namespace) -> tuple[Config, Target | None, dict[str, str]]:
    """The configuration, the printer that is meant, and why one of them is missing.

    Raises UsageError where a printer is named that there isn't.
    """
    configured, target, faults = Config(), None, {}
    try:
        configured = config_file.load()
    except ConfigError as error:
        faults["configuration"] = str(error)
    try:
        target = resolve(args)
    except (ConfigError, NoneChosen) as error:
        running = hosts.running()
        if len(running) == 1:
            target = Target(running[0].called, host=running[0].name)
        else:
            faults["printer"] = str(error)
    return configured, target, faults


def _ask(archive: Archive, target: Target) -> None:
    """Whatever drives the printer: straight the process where it is ours, else its server."""
    from gbterm.cli.bug_report import served, told

    refused: GbtermError | None = None
    if target.host:
        try:
            with PrinterSocket(target) as printer:
                told.put(archive, printer)
            return
        except GbtermError as error:  # it is another user's, or dead, or stuck
            refused = error
    try:
        remote.ask(target, lambda backend: served.put(archive, backend))
    except (GbtermError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        archive.lacks("state and firmware", refused or why)


def _free_name(printer: str) -> Path:
    """A file of the current folder that isn't there yet."""
    label = re.sub(r"[^A-Za-z0-9._-]+", "-", printer).strip("-.")[:40]
    stem = "-".join(filter(None, ("gbterm-report", label, time.strftime("%Y%m%d-%H%M%S"))))
    name, number = f"{stem}.tar.gz", 1
    while Path(name).exists():
        number += 1
        name = f"{stem}-{number}.tar.gz"
    return Path(name)
