"""Whose a link is: a lock file beside it, held for as long as its simulator lives."""

from __future__ import annotations

from pathlib import Path

from gbterm import lock
from gbterm.errors import UsageError
from gbterm.lock import Lock

PTYS = "/dev/pts/"


def lock_of(link: Path) -> Path:
    """The lock file of `link`; in it stands the number of the process, once the port is there."""
    return link.with_name(f".{link.name}.lock")


def owner(link: Path) -> int | None:
    """The process whose port `link` is; None where there is none, or not yet."""
    path = lock_of(link)
    try:
        return int(path.read_text()) if lock.is_held(path) else None
    except (OSError, ValueError):
        return None


def claim(link: Path) -> Lock:
    """Make `link` ours until the lock is removed; one whose simulator died is taken over.

    Raises `UsageError` where it is another simulator's, or no simulator's at all.
    """
    if not link.parent.is_dir():
        raise UsageError(f"There is no folder {link.parent}: make it, or choose another --link.")
    if link.is_symlink():
        if not str(link.readlink()).startswith(PTYS):
            raise UsageError(f"{link} leads to {link.readlink()}: choose another --link.")
    elif link.exists():
        raise UsageError(f"{link} exists and is not a link: choose another --link.")
    path = lock_of(link)
    held = lock.take(path)
    if held is None:
        number = owner(link)
        process = f"process {number}" if number else "another process"
        raise UsageError(
            f"{link} is the port of a simulator that runs ({process}): end that, or choose"
            " another --link."
        )
    path.write_text("")
    link.unlink(missing_ok=True)
    return held
