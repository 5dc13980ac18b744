"""systemd on this machine, asked and told by its own command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from gbterm.errors import LinkError, UsageError

ANSWERED_WITHIN_S = 90.0
"""A service that is stopped may have heaters to turn off first."""
NO_SYSTEMD = (
    "This machine has no systemd, which the service needs: start gbterm serve --printer NAME as it"
    " starts its other services."
)


def require() -> None:
    """Raise `UsageError` where there is no systemd."""
    if shutil.which("systemctl") is None:
        raise UsageError(NO_SYSTEMD)


def runs() -> bool:
    """Whether systemd runs this machine now: sd_booted(3)."""
    return Path("/run/systemd/system").is_dir()


def require_running() -> None:
    """Raise `UsageError` or `LinkError` where it doesn't run this machine."""
    require()
    if not runs():
        raise LinkError(
            "systemd doesn't run this machine: gbterm serve needs none, and gbterm service install"
            " --root DIR prepares an image."
        )


def ask(*words: str) -> str:
    """What `systemctl` prints, whatever its exit code says. Raises `LinkError`."""
    return _done("systemctl", "--no-pager", *words).stdout


def tell(*words: str) -> None:
    """Have `systemctl` do it. Raises `LinkError` with what it said where it didn't."""
    run("systemctl", "--no-pager", *words)


def run(*command: str) -> None:
    """Run one of systemd's programs. Raises `LinkError` with what it said where it failed."""
    done = _done(*command)
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
        raise LinkError(f"{' '.join(command)} failed: {said}")


def _done(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWERED_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LinkError(f"{' '.join(command)} did not end.") from error
    except FileNotFoundError as error:
        raise LinkError(f"There is no {command[0]} here, which belongs to systemd.") from error
