#!/usr/lib/gbterm/bin/python3 -I
"""What the scripts of the Debian package ask of the service's printer processes.

`printing` says what may be being printed, in a sentence on a line for each printer. `end SENTENCES`
ends those that print nothing, and those of whose print somebody agreed to the sentence, with the
print cancelled; exit code 5 where another one prints. `renew` lets those that nobody would miss for
a moment start anew, and says which go on as they are.

It runs as root, so it asks only sockets that the service's user made where root let that user, and
neither waits nor reads for longer than a printer process needs.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gbterm import paths
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.errors import GbtermError, LinkError, PrinterError
from gbterm.model import PrinterState
from gbterm.service import systemd
from gbterm.service.units import unit
from gbterm.text import scrub

ANSWERED_WITHIN_S = 10.0
ENDED_WITHIN_S = 60.0
"""What is printed is cancelled first, with its script."""
LONGEST = 300
"""Characters of a sentence: a file may have any name."""
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Gone(LinkError):
    """No printer process lives there."""


def names() -> list[str]:
    """Of the service's printers, those whose processes listen, or did."""
    return sorted(path.parent.name for path in paths.SERVICE_RUN.glob("*/printer.sock"))


@contextmanager
def process(name: str, within_s: float) -> Iterator[PrinterSocket]:
    """A printer's process, to be asked. Raises `LinkError`, `Gone`, and what its answers say."""
    try:
        if not _is_the_services(paths.SERVICE_RUN / name):
            raise LinkError(f"The socket of {name} is not of the service's making.")
        with PrinterSocket(Target(name, host=name), within_s) as printer:
            yield printer
    except FileNotFoundError as error:
        raise Gone(name) from error
    except LinkError as error:
        if isinstance(error.__cause__, ConnectionRefusedError | FileNotFoundError):
            raise Gone(name) from error
        raise


def _is_the_services(run_dir: Path) -> bool:
    """Whether its socket is of the user for whom systemd made the directory."""
    sock = (run_dir / "printer.sock").lstat()
    above, own = run_dir.parent.lstat(), run_dir.lstat()
    return (
        above.st_uid == os.geteuid()
        and not (above.st_mode | own.st_mode) & OTHERS_MAY_WRITE
        and stat.S_ISDIR(own.st_mode)
        and stat.S_ISSOCK(sock.st_mode)
        and sock.st_uid == own.st_uid
    )


def what_is_printed(name: str, state: PrinterState) -> str:
    """In a sentence; empty for nothing."""
    if not state.has_print:
        return ""
    file = state.job.name if state.job else "A file"
    where = " from its own card" if state.job and state.job.on_card else ""
    return scrub(f"{scrub(file, LONGEST)} is being printed on {name}{where}.")


def may_be_printed(name: str) -> str:
    """In a sentence, also where nobody knows; empty for nothing."""
    try:
        with process(name, ANSWERED_WITHIN_S) as printer:
            return what_is_printed(name, printer.look().state)
    except Gone:
        return ""
    except (OSError, GbtermError):
        return scrub(f"{name} doesn't answer, and may print.")


def why_not_now(name: str, state: PrinterState) -> str:
    """Why its process may not be restarted; empty where it may."""
    if printed := what_is_printed(name, state):
        return printed
    if state.lost_print:
        lost = scrub(state.lost_print, LONGEST)
        return f"{name} was stopped in the middle of {lost}, which can go on."
    heaters = (*state.nozzles, state.bed, *((state.chamber,) if state.chamber else ()))
    return f"{name} is heated." if any(heater.target for heater in heaters) else ""


def printing() -> ExitCode:
    """Print what may be being printed."""
    for sentence in filter(None, map(may_be_printed, names())):
        print(sentence)
    return ExitCode.DONE


def end(agreed: str = "") -> ExitCode:
    """End all of them, or none where one prints what is not among the sentences of `agreed`."""
    sentences = [sentence for sentence in agreed.splitlines() if sentence]
    new = {may_be_printed(name) for name in names()} - {"", *sentences}
    if new:
        print(*sorted(new))
        return ExitCode.WRONG_STATE
    ended: list[str] = []
    for name in names():
        is_agreed = may_be_printed(name) in sentences
        try:
            with process(name, ENDED_WITHIN_S) as printer:
                printer.call("shutdown", force=is_agreed)
        except Gone:
            continue
        except (OSError, GbtermError) as error:
            print(scrub(f"{name}: {error}"))
            # That of a PrinterError ended. For one that was agreed to, systemd's stop is left.
            if not (is_agreed or isinstance(error, PrinterError)):
                _start(ended)
                return ExitCode.WRONG_STATE
        ended.append(name)
    return ExitCode.DONE


def _start(ended: list[str]) -> None:
    """Have those served again that were ended for nothing."""
    for name in ended:
        try:
            systemd.tell("start", unit("server", name))
        except LinkError as error:
            print(scrub(str(error)))


def renew() -> ExitCode:
    """Have systemd reload those that are idle, which start anew unless they print by then."""
    for name in names():
        service = unit("printer", name)
        try:
            with process(name, ANSWERED_WITHIN_S) as printer:
                why = why_not_now(name, printer.look().state)
            if not why:
                systemd.tell("reload", service)
        except Gone:
            continue
        except (OSError, GbtermError) as error:  # an upgrade ends for nobody's answer
            why = f"{name} was not asked to start anew: {error}"
        if why:
            print(scrub(f"{why} {service} has the new version once it is reloaded."))
    return ExitCode.DONE


if __name__ == "__main__":
    action, *words = sys.argv[1:]
    sys.exit({"printing": printing, "renew": renew, "end": end}[action](*words))
