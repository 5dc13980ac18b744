"""The last lines to and from the board in a file, for a report: they outlive the printer process.

What is in it some moments after a fault is kept beside it: within an hour or two, temperatures
alone would have taken its place.

The file is a ring that never grows, so that no disk can fill up. It is never synced: what a killed
process wrote is there all the same, and whatever goes over the cable, a flash card takes the ring
once in half a minute at most (docs/decisions/0026-traffic.md).
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gbterm.backends.marlin.transcript import Entry, Transcript
from gbterm.console_lines import KEPT, shown

RING = 256 << 10
"""Bytes."""
WRITE_EVERY_S = 1.0
FAULT_S = 5.0
"""What a board says of a fault comes within this time."""
BATCHES_KEPT = 8
"""More wait for a disk that takes nothing only to be left out."""
_MARK = "\x1e"
"""Begins a record; no line that is fit to be shown holds one."""
_RECORD = re.compile(rb"(\d{1,18}) (\d{1,12}\.\d{3}) ([<>]) (.*)")


@dataclass(frozen=True, slots=True)
class _Batch:
    first: int
    """The number of its first line, of all that there ever were."""
    offset: float
    """What makes a Unix time of its times."""
    entries: list[Entry]


class Traffic:
    """Writes what `transcript` holds; `take` returns at once, `close` blocks."""

    def __init__(self, path: Path, transcript: Transcript, clock: Callable[[], float]) -> None:
        """`clock` is that of the transcript's times."""
        self._path, self._transcript, self._clock = path, transcript, clock
        self._taken = 0
        self._faulty_since: float | None = None
        self._keeps = threading.Event()
        self._batches: deque[_Batch] = deque(maxlen=BATCHES_KEPT)
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._thread.start()

    def take(self, *, is_faulty: bool = False) -> None:
        """Hand over the lines that came since the last time.

        While the printer `is_faulty`, they are kept once.
        """
        new = self._transcript.count - self._taken
        if new:
            entries = self._transcript.last(min(new, KEPT))
            self._taken = self._transcript.count
            offset = time.time() - self._clock()
            self._batches.append(_Batch(self._taken - len(entries), offset, entries))
            self._wake.set()
        # The thread keeps what was handed over by then.
        self._look(is_faulty)

    def _look(self, is_faulty: bool) -> None:
        if not is_faulty:
            self._faulty_since = None
        elif self._faulty_since is None:
            self._faulty_since = self._clock()
        elif self._clock() - self._faulty_since >= FAULT_S:
            self._faulty_since = float("inf")  # once is enough
            self._keeps.set()
            self._wake.set()

    def close(self) -> None:
        """Write what was taken and stop."""
        self._stop.set()
        self._wake.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        ring = _Ring(self._path)
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            self._write(ring)
            self._stop.wait(WRITE_EVERY_S)
        self._write(ring)

    def _write(self, ring: _Ring) -> None:
        records: list[bytes] = []
        is_to_be_kept = self._keeps.is_set()
        while self._batches:
            batch = self._batches.popleft()
            for number, entry in enumerate(batch.entries, ring.first + batch.first):
                records.append(_record(number, batch.offset, entry))
        try:
            ring.write(records)
            if is_to_be_kept:
                _keep(self._path)
                self._keeps.clear()
        except OSError:
            # A full disk must not end a print, and the lines are not needed to go on.
            return


class _Ring:
    """The file, which goes on where the process before left off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = [(number, at + len(raw)) for number, at, raw in _records(_content(path))]
        last, self._at = max(found, default=(-1, 0))
        self.first = last + 1
        """The number of the first line of this process."""

    def write(self, records: list[bytes]) -> None:
        """Raises `OSError`."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size != RING:
                os.ftruncate(descriptor, 0)
                os.posix_fallocate(descriptor, 0, RING)
                self._at = 0
            for piece in self._pieces(records):
                os.pwrite(descriptor, piece, self._at)
                self._at += len(piece)
        finally:
            os.close(descriptor)

    def _pieces(self, records: list[bytes]) -> Iterator[bytes]:
        """What is written at once; none goes over the end of the ring."""
        piece = b""
        for record in records:
            if self._at + len(piece) + len(record) > RING:
                yield piece + bytes(RING - self._at - len(piece))
                piece, self._at = b"", 0
            piece += record
        yield piece


def of_fault(path: Path) -> Path:
    """Where those of the last fault are kept, beside the file `path`."""
    return path.with_name(f"{path.name}.fault")


def _keep(path: Path) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        new.touch(0o600)
        new.write_bytes(path.read_bytes())
        new.replace(of_fault(path))
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def read(path: Path) -> list[str]:
    """The lines in the file, oldest first, with their times in UTC; `>` went to the board."""
    told, before = [], None
    for number, _, raw in sorted(_records(_content(path))):
        if before is not None and number > before + 1:
            told.append(f"({number - before - 1} lines came too quickly to be kept)")
        found = _RECORD.match(raw)
        assert found is not None
        text = found[4].decode("utf-8", "replace")
        told.append(written(float(found[2]), found[3] == b">", text))
        before = number
    return told


def written(at: float, is_out: bool, text: str) -> str:
    """A line as people read it; `at` is a Unix time, told in UTC."""
    told = datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="milliseconds")
    return f"{told.removesuffix('+00:00')} {'>' if is_out else '<'} {text}"


def _record(number: int, offset: float, entry: Entry) -> bytes:
    at, is_out, raw = entry
    mark = ">" if is_out else "<"
    return f"{_MARK}{number} {at + offset:.3f} {mark} {shown(raw)}\n".encode("utf-8", "replace")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(RING)
    except OSError:
        return b""


def _records(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The number of each whole line, where it stands, and what stands there."""
    at = 0
    for piece in content.split(_MARK.encode()):
        raw, end, _ = piece.partition(b"\n")
        found = _RECORD.fullmatch(raw)
        if end and found:
            yield int(found[1]), at, raw + end
        at += len(piece) + 1
