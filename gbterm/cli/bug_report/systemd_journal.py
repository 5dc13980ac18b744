"""The logs of a host that systemd started, which are in its journal."""

from __future__ import annotations

import subprocess

from gbterm import paths
from gbterm.cli.bug_report.archive import MEMBER_MAX, Archive
from gbterm.service.units import unit

MOST_LINES = 5000
ANSWERED_WITHIN_S = 20.0


def put(archive: Archive, host: str, role: str) -> None:
    """The last lines of the host's process `role`, or why there are none."""
    is_users = paths.run_dir(host).parent != paths.SERVICE_RUN
    whose = ("--user",) if is_users else ()
    about = ("--unit", unit(role, host), "--lines", str(MOST_LINES), "--output", "short-iso")
    name = f"{role}.log"
    try:
        done = subprocess.run(
            ["journalctl", "--quiet", "--no-pager", *whose, *about],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWERED_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        archive.lacks(name, "journalctl, which would show it, can't be run")
        return
    lines = done.stdout[-MEMBER_MAX:].decode("utf-8", "replace").splitlines()
    # The first one may be a part: half a key is one that isn't found.
    lines = lines[1:] if len(done.stdout) > MEMBER_MAX else lines
    if lines:
        archive.put_lines(name, f"what systemd's journal has of the {role} process", lines)
    else:
        archive.lacks(name, "systemd's journal has none, or you may not read it: try sudo")
