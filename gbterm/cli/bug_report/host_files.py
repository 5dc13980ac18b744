"""What a host left in its run directory, also once it is dead."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from gbterm import lock, paths, wire
from gbterm.cli.bug_report import systemd_journal
from gbterm.cli.bug_report.archive import MEMBER_MAX, Archive
from gbterm.cli.bug_report.machine import public
from gbterm.cli.bug_report.told import TRAFFIC
from gbterm.host import hosts, journal, logs, traffic

ROLES = ("printer", "server")


def put(archive: Archive, host: str) -> None:
    """What the host of that name is made of, its journal and its logs."""
    run_dir = paths.run_dir(host)
    if not os.access(run_dir, os.R_OK | os.X_OK):
        archive.lacks("host", f"none ever ran in {run_dir}, or you may not read it")
        return
    for name, held in (("printer process", hosts.PRINTER_LOCK), ("server", hosts.SERVER_LOCK)):
        if not lock.is_held(run_dir / held) and _may_tell(run_dir / held):
            archive.lacks(name, "it does not run")
    kept_dir = hosts.kept_dir(run_dir)
    _put_spec(archive, kept_dir / hosts.SPEC)
    if os.access(kept_dir / hosts.JOURNAL, os.R_OK):
        entry = wire.to_json(journal.read(kept_dir / hosts.JOURNAL))
        told = {"written_at": journal.written_at(kept_dir / hosts.JOURNAL), "entry": entry}
        archive.put_json("journal.json", "what a lost print goes on by", told)
    else:
        archive.lacks("journal", "none was written, or it may not be read")
    if lines := traffic.read(traffic.of_fault(kept_dir / hosts.TRAFFIC)):
        archive.put_lines("fault.log", "such lines before the last fault that stopped it", lines)
    if lines := traffic.read(kept_dir / hosts.TRAFFIC):
        archive.put_lines(*TRAFFIC, lines)
    else:
        archive.lacks(TRAFFIC[0], "nothing went over the cable, or it may not be read")
    for role in ROLES:
        if logs.of(run_dir, role).exists():
            put_log(archive, logs.of(run_dir, role), f"the log of the {role} process")
        else:
            systemd_journal.put(archive, host, role)


def _may_tell(lock_file: Path) -> bool:
    """Whether this user sees who holds it: other members of the service's group don't."""
    return os.access(lock_file, os.R_OK | os.W_OK) or not lock_file.exists()


def _put_spec(archive: Archive, path: Path) -> None:
    try:
        archive.put_json("host.json", "how the host was started", public(json.loads(_read(path))))
    except (OSError, ValueError, RecursionError) as error:
        archive.lacks(path.name, error.strerror if isinstance(error, OSError) else error)


def put_log(archive: Archive, path: Path, what: str) -> None:
    """The end of a log, with the one before it; nothing where there is none."""
    lines: list[str] = []
    written_at = 0.0
    for part in (logs.before(path), path):
        try:
            lines += _read(part).splitlines()
            written_at = part.stat().st_mtime
        except FileNotFoundError:
            continue
        except OSError as error:
            archive.lacks(path.name, error.strerror)
    if lines:
        until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(written_at))
        archive.put_lines(path.name, f"{what}, until {until}", lines)


def _read(path: Path) -> str:
    """The last `MEMBER_MAX` bytes: whole lines, since half a key is one that isn't found."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MEMBER_MAX))
        data = file.read(MEMBER_MAX)
    if size > MEMBER_MAX:
        data = data.partition(b"\n")[2]
    return data.decode("utf-8", "replace")
