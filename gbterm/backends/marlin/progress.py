"""How far a print is, and how long it has taken without the time that it stood still."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.jobs import Job

ESTIMATE_FROM = 0.02
"""The time left is guessed from the time gone once so much is done."""

_TIME_LEFT = re.compile(rb"M *0*73(?!\d)[^R]*R *(\d{1,6})")
"""M73's R is the time left in minutes (Marlin's M73.cpp)."""


class Progress:
    """Counts what was read of the job's file, and keeps its time. Times in seconds, any clock."""

    def __init__(self, now: float, commands_read: int = 0, went_s: float = 0.0) -> None:
        """`commands_read` and `went_s` are those of before, where a print goes on."""
        self.commands_read = commands_read
        self._last_read = commands_read
        self._read_all = False
        self._goes_since, self._went_s = now, went_s
        self._goes = True
        self._said: deque[tuple[int, float]] = deque()
        self._said_end_s: float | None = None

    def read(self, chunk: list[Outgoing], *, last: bool) -> None:
        """A piece of the file was read, the `last` one or not."""
        self.commands_read += len(chunk)
        self._read_all = last
        if chunk:
            self._last_read = chunk[-1].command
        self._said.extend(_times_left(chunk))

    @property
    def has_read_all(self) -> bool:
        """Whether the file has no more commands."""
        return self._read_all

    def go(self, now: float, *, goes: bool) -> None:
        """From now on the job goes on, or stands still and waits for somebody."""
        self._went_s = self._went(now)
        self._goes_since, self._goes = now, goes

    def _went(self, now: float) -> float:
        return self._went_s + (now - self._goes_since if self._goes else 0.0)

    def of(self, job: Job, done: Outgoing | None, now: float) -> Job:
        """`job` as it stands after `done`, the last command that the board acknowledged."""
        elapsed = self._went(now)
        job = replace(job, elapsed_s=round(elapsed, 1))
        if done is not None:
            job = replace(job, line=done.line, command=done.command, byte=done.end)
        if self._read_all and job.command >= self._last_read:
            # What follows the last command is comments.
            job = replace(job, line=job.lines, byte=job.bytes)
        while self._said and self._said[0][0] <= job.command:
            self._said_end_s = elapsed + self._said.popleft()[1]
        if self._said_end_s is not None:
            left = max(0, round(self._said_end_s - elapsed))
            return replace(job, left_s=left, left_from="file")
        if job.fraction >= ESTIMATE_FROM:
            left = round(elapsed / job.fraction - elapsed)
            return replace(job, left_s=left, left_from="progress")
        return job


def _times_left(chunk: Iterable[Outgoing]) -> Iterable[tuple[int, float]]:
    """The commands that tell how much time is left after them, with it in seconds."""
    for line in chunk:
        if line.text.startswith(b"M") and (said := _TIME_LEFT.match(line.text)):
            yield line.command, 60.0 * int(said[1])
