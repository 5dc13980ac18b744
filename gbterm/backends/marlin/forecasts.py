"""What is foretold of a print: by its moves, by its slicer, and by the time gone so far."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.estimate import FILE, SLICER, Forecast, Measured, Outlook, Pace, best
from gbterm.jobs import Job
from gbterm.orders import LEAST_PERCENT, MOST_PERCENT

FROM = 0.02
"""The time gone tells something, and a slicer's word is held against it, once so much is done."""
GUESSED = 0.5
"""How wrong the time gone may be of what is left, at the start."""
ROUGH_S = 30.0
"""By so much at least who counts commands is wrong: they take from nothing to minutes."""
MINUTE_S = 60.0
"""M73 counts minutes."""

_TIME_LEFT = re.compile(rb"M *0*73(?!\d)[^R]*R *(\d{1,6})")
"""M73's R is the time left in minutes (Marlin's M73.cpp)."""


class Forecasts:
    """Of one print. Times in seconds, `elapsed` without those that it stood still."""

    def __init__(self) -> None:
        self.outlook = Outlook()
        self._moves, self._slicer, self._file = (Measured(p) for p in (Pace(), SLICER, FILE))
        self._said: deque[tuple[int, float]] = deque()
        self._first_s: float | None = None
        """What M73 said first, then last, and when."""
        self._last_s = self._last_at = 0.0

    def read(self, chunk: Iterable[Outgoing]) -> None:
        """A piece of the file was read."""
        self._said.extend(_times_left(chunk))

    def foretell(self, outlook: Outlook) -> None:
        """What is known of the print by itself; the board may be in the midst of it."""
        if outlook.timetable != self.outlook.timetable:
            self._moves = Measured(outlook.pace)
        self.outlook = outlook

    def of(self, job: Job, elapsed: float, percent: float) -> Job:
        """`job` with what is left of it, `percent` of the file's speed being set."""
        # A file's M220 may name any number, 0 too, at which nothing would ever be done.
        percent = min(max(percent, LEAST_PERCENT), MOST_PERCENT)
        moved, waited = self.outlook.timetable.at(job.byte)
        waits = self.outlook.timetable.waits_s - waited
        self._see_said(job.command, elapsed, waited, percent)
        told = (
            *self._by_moves(elapsed, moved, waited, waits, percent),
            *self._by_file(elapsed, waits),
            *self._by_slicer(job, elapsed, waited, waits, percent),
            *_by_progress(job, elapsed),
        )
        left = best(told)
        if left is None:
            return job
        pace = self._moves.ratio
        return replace(
            job,
            left_s=round(left.seconds),
            left_low_s=round(left.low),
            left_high_s=round(left.high),
            left_from=left.source,
            pace=None if pace is None else round(pace, 4),
        )

    def _by_moves(
        self, elapsed: float, moved: float, waited: float, waits: float, percent: float
    ) -> Iterator[Forecast]:
        table = self.outlook.timetable
        if table.bytes:
            self._moves.see(elapsed, moved, waited, percent)
            pace = self._moves.pace(table.moves_s)
            yield Forecast("moves", table.moves_s - moved, pace, waits)

    def _see_said(self, command: int, elapsed: float, waited: float, percent: float) -> None:
        """Take what the commands up to this one said of the time left."""
        while self._said and self._said[0][0] <= command:
            said = self._said.popleft()[1]
            if self._first_s is None:
                self._first_s = said
            if said != self._last_s:
                # Whatever it heats for at the start is not in it.
                begins = self._first_s == said
                foretold = self._first_s - said
                self._file.see(elapsed, foretold, -1.0 if begins else waited, percent)
            self._last_s, self._last_at = said, elapsed

    def _by_file(self, elapsed: float, waits: float) -> Iterator[Forecast]:
        if self._first_s is not None:
            pace = self._file.pace(self._first_s)
            left = max(0.0, self._last_s - (elapsed - self._last_at) / pace.ratio)
            yield Forecast("file", left, pace, waits, MINUTE_S)

    def _by_slicer(
        self, job: Job, elapsed: float, waited: float, waits: float, percent: float
    ) -> Iterator[Forecast]:
        whole = self.outlook.slicer_s
        if whole is not None:
            done = whole * _share(job)
            if _share(job) >= FROM:
                self._slicer.see(elapsed, done, waited, percent)
            # Commands are no measure of time.
            pace = self._slicer.pace(whole)
            unsure = (1 - _share(job)) * SLICER.spread / 2
            pace = replace(pace, spread=pace.spread + unsure)
            yield Forecast("slicer", whole - done, pace, waits, ROUGH_S)


def _share(job: Job) -> float:
    """How much of it is done: a file may end in a long comment, so it goes by commands."""
    return job.command / job.commands if job.commands else job.fraction


def _by_progress(job: Job, elapsed: float) -> Iterator[Forecast]:
    if (share := _share(job)) >= FROM:
        left = elapsed / share - elapsed
        yield Forecast("progress", left, Pace(spread=GUESSED), slack_s=ROUGH_S)


def _times_left(chunk: Iterable[Outgoing]) -> Iterable[tuple[int, float]]:
    """The commands that tell how much time is left after them, with it in seconds."""
    for line in chunk:
        if line.text.startswith(b"M") and (said := _TIME_LEFT.match(line.text)):
            yield line.command, MINUTE_S * int(said[1])
