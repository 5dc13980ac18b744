"""The logs of a host's processes: standard error, in a file that never gets long.

A process that crashes writes to its standard error, and so does all that is logged. Whoever
started it put a file there, or systemd its journal, which keeps its own measure and takes the
priority of a line from its beginning: sd-daemon(3).
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from gbterm.config import LOG_LEVELS
from gbterm.text import scrub

LARGEST = 512 << 10
"""Bytes; then the log begins anew and the one before is kept beside it."""
LONGEST_LINE = 2000
"""Characters."""
STREAMS = (1, 2)
"""The descriptors of standard output and standard error."""
VARIABLE = "GBTERM_LOG_LEVEL"
"""Of the environment: it has the last word on the level."""
_PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}
"""Those of syslog(3)."""


def of(run_dir: Path, role: str) -> Path:
    """The log of a host's process `role`: printer or server."""
    return run_dir / f"{role}.log"


def before(path: Path) -> Path:
    """Where the one before the log `path` is kept."""
    return path.with_suffix(".old.log")


def make_room(path: Path, largest: int = LARGEST) -> bool:
    """Set the log `path` aside where it got long; whether it did. Raises nothing."""
    with suppress(OSError):
        if path.stat().st_size > largest:
            path.replace(before(path))
            return True
    return False


def begin(path: Path, level: str = "info", *, largest: int = LARGEST) -> None:
    """Log to standard error, which `path` is, or another place that nobody has to measure.

    What gbterm itself says from `level` on, one of `LOG_LEVELS`. Libraries never log at `debug`:
    there some of them write down whatever goes over a connection, keys as well.
    """
    handler = _Handler(path, largest)
    handler.setFormatter(_Lines(is_journal=_is_journal(STREAMS[1])))
    asked = os.environ.get(VARIABLE, "").lower()
    wanted = logging.getLevelNamesMapping()[(asked if asked in LOG_LEVELS else level).upper()]
    logging.basicConfig(handlers=[handler], level=max(wanted, logging.INFO))
    logging.getLogger("gbterm").setLevel(wanted)
    if asked not in ("", *LOG_LEVELS):
        logging.getLogger(__name__).warning(
            "%s=%s is no level: set it to one of %s", VARIABLE, asked, ", ".join(LOG_LEVELS)
        )


class _Handler(logging.StreamHandler[TextIO]):
    """Moves standard error on to a new file: what ends a process must still land there."""

    def __init__(self, path: Path, largest: int) -> None:
        super().__init__(sys.stderr)
        self._path, self._largest = path, largest

    def emit(self, record: logging.LogRecord) -> None:
        ours = [number for number in STREAMS if _is(self._path, number)]
        with suppress(OSError):
            if ours and self._path.stat().st_size > self._largest:
                self._move_on(ours)
        super().emit(record)

    def _move_on(self, ours: list[int]) -> None:
        # First: where it can't be made, the log stays what it is, to be measured again.
        path = self._path.with_suffix(".new.log")
        new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._path.replace(before(self._path))
            path.replace(self._path)
            for number in ours:
                os.dup2(new, number)
        finally:
            os.close(new)


class _Lines(logging.Formatter):
    """Every line fit to be shown: what printers, files and clients said may be in it.

    A message is one line, whatever is in it; a traceback behind it has its own. Each that goes to
    the journal, which knows the time, begins with its priority.
    """

    def __init__(self, *, is_journal: bool) -> None:
        super().__init__("%(message)s" if is_journal else "%(asctime)s %(levelname)s %(message)s")
        self._is_journal = is_journal

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own
        return scrub(super().formatMessage(record), LONGEST_LINE)

    def format(self, record: logging.LogRecord) -> str:
        mark = f"<{_PRIORITIES.get(record.levelname, 6)}>" if self._is_journal else ""
        lines = super().format(record).splitlines()
        return "\n".join(mark + scrub(line, LONGEST_LINE) for line in lines)


def _is_journal(descriptor: int) -> bool:
    """Whether `descriptor` leads to systemd's journal, as systemd says it in the environment."""
    with suppress(OSError):
        status = os.fstat(descriptor)
        return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
    return False


def _is(path: Path, descriptor: int) -> bool:
    """Whether `path` is the file that is open as `descriptor`."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False
