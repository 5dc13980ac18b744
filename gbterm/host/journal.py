"""What must be remembered if the printer process dies: two slots, written in turn.

A slot holds a sequence number, a checksum and JSON. A write that was cut short damages one slot
only, and the other still holds the second before. Written and synced by a worker thread, at most
once a second, so that the serial loop never waits for a disk; a job's begin and end, and errors,
at once.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gbterm import wire
from gbterm.jobs import Job
from gbterm.lost_print import Trail

SLOT = 4096
WRITE_EVERY_S = 1.0
MOST_TARGETS = 16
SHORTENED = (300, 100, 30)
"""Characters that are left of a text, tried in turn: of some, one takes 12 bytes of a slot."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as it stood at its last acknowledged command, the heaters' targets in °C, and an error
    that nobody has cleared."""

    active: bool = False
    """Whether the job was under way."""
    job: Job | None = None
    nozzle_targets: tuple[float, ...] = ()
    bed_target: float = 0.0
    error: str = ""
    """Why the printer was in ERROR, which only a person may end."""
    trail: Trail | None = None
    """What must be known of the job to go on with it, while it is under way or lost."""
    stable_names: dict[str, str] = field(default_factory=dict)
    """By which the port was found of late, by the name that it was given (`serial_names.py`)."""
    halves: tuple[str, ...] = ()
    """Paths of what may lie half on the board's own card, since its writing was cut off."""

    @property
    def unfinished(self) -> Job | None:
        """The job that is under way, or was lost and can go on or wasn't looked after yet."""
        kept = self.error or self.trail is not None
        lost = kept and self.job is not None and self.job.outcome in ("", "failed")
        return self.job if self.active or lost else None

    @property
    def was_left_hot(self) -> bool:
        """Whether heaters may have had targets when the process died, of its last second too; not
        where something had gone wrong before, since they were turned off then."""
        hot = self.active or any(self.nozzle_targets) or self.bed_target
        return not self.error and bool(hot)


def read(path: Path) -> Entry:
    """The newest whole slot; an empty entry where there is none."""
    _, members = _newest(path)
    try:
        return wire.from_json(Entry, members)
    except (TypeError, ValueError, AttributeError):
        return Entry()


def written_at(path: Path) -> float | None:
    """The Unix time of the last entry."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _newest(path: Path) -> tuple[int, dict[str, Any]]:
    """The sequence number and the members of the newest whole slot; 0 and none without one."""
    try:
        data = path.read_bytes()
    except OSError:
        return 0, {}
    slots = [_decode(data[at : at + SLOT]) for at in (0, SLOT)]
    return max((slot for slot in slots if slot), key=lambda slot: slot[0], default=(0, {}))


def _decode(slot: bytes) -> tuple[int, dict[str, Any]] | None:
    try:
        head, _, rest = slot.partition(b" ")
        sequence, _, rest = rest.partition(b" ")
        body = rest.rstrip(b"\0")
        if int(head, 16) != zlib.crc32(sequence + b" " + body):
            return None
        members = json.loads(body)
        return (int(sequence), members) if isinstance(members, dict) else None
    except ValueError:
        return None


class Journal:
    """Writes entries; `put` returns at once."""

    def __init__(self, path: Path, on_written: Callable[[Entry], None] = lambda _: None) -> None:
        """`on_written` is called in the thread with each entry that is on the disk."""
        self._path, self._on_written = path, on_written
        self._next: Entry | None = None
        self._written: Entry | None = None
        self._again = False
        # A process's first entry has to count for more than the last of the one before.
        self._sequence, _ = _newest(path)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._pressing = threading.Event()
        """Set to end the wait between two entries."""
        self.failure = ""
        """Why the last write failed, in words; empty where it didn't."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Remember `entry` instead of the one before."""
        if entry == self._next:
            return
        before, self._next = self._next, entry
        if before is not None and _what_presses(entry) != _what_presses(before):
            self._pressing.set()
        self._wake.set()

    def write_anew(self) -> None:
        """Write the last entry once more: its file may be gone."""
        self._again = True
        self._wake.set()

    def close(self) -> None:
        """Write what is left and stop."""
        self._stop.set()
        self._pressing.set()
        self._wake.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            self._pressing.clear()
            self._write()
            if not self._stop.is_set():
                self._pressing.wait(WRITE_EVERY_S)
        self._write()

    def _write(self) -> None:
        entry = self._next
        again, self._again = self._again, False
        if entry is None or (entry == self._written and not again):
            return
        # The same slot until it is whole: the other one holds what was written last.
        sequence = self._sequence + 1
        try:
            _write_slot(self._path, sequence, entry)
        except OSError as error:
            self.failure = f"The journal can't be written: {error.strerror}."
            self._written = None
            self._wake.set()
        else:
            self.failure = ""
            self._written, self._sequence = entry, sequence
            self._on_written(entry)


def _what_presses(entry: Entry) -> tuple[bool, str, tuple[str, ...]]:
    """A job that is over must not seem lost, nor an error that nobody has seen be forgotten, nor
    half a file be printed."""
    return entry.active, entry.error, entry.halves


def _encode(sequence: int, entry: Entry) -> bytes:
    body = b"%d %b" % (sequence, json.dumps(wire.to_json(entry)).encode())
    return b"%08x %b" % (zlib.crc32(body), body)


def _shortened(entry: Entry, longest: int) -> Entry:
    """What counts of it, with texts that are no longer; the file is known by its hash, too."""
    targets = entry.nozzle_targets[:MOST_TARGETS]
    job = entry.job
    if job is not None:
        name, reason = job.name[: longest // 3], job.reason[: longest // 3]
        job = replace(job, path="", name=name, pause_layers=(), reason=reason)
    return replace(entry, job=job, nozzle_targets=targets, error=entry.error[:longest])


def _fitting(sequence: int, entry: Entry) -> bytes:
    """Raises `OSError` for what never fits: it would cost the other slot."""
    slot = _encode(sequence, entry)
    for longest in SHORTENED:
        if len(slot) <= SLOT:
            break
        slot = _encode(sequence, _shortened(entry, longest))
    if len(slot) > SLOT:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return slot


def _write_slot(path: Path, sequence: int, entry: Entry) -> None:
    slot = _fitting(sequence, entry)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < 2 * SLOT:
            os.ftruncate(descriptor, 0)
            _write_whole(descriptor, b"\0" * (2 * SLOT), 0)
        _write_whole(descriptor, slot.ljust(SLOT, b"\0"), sequence % 2 * SLOT)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _write_whole(descriptor: int, data: bytes, at: int) -> None:
    """A full disk takes a part first, and complains only about the rest."""
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:], at + done)
