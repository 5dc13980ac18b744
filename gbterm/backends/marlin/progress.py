"""How far a print is, and how long it has taken without the time that it stood still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gbterm.backends.marlin.forecasts import Forecasts
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.jobs import Job


class Progress:
    """Counts what was read of the job's file, and keeps its time. Times in seconds, any clock."""

    def __init__(
        self,
        now: float,
        commands_read: int = 0,
        went_s: float = 0.0,
        percent: Callable[[], float] = lambda: 100.0,
    ) -> None:
        """`commands_read` and `went_s` are those of before, where a print goes on; `percent` is how
        fast it is told to print."""
        self.commands_read = commands_read
        self.forecasts = Forecasts()
        self._percent = percent
        self._last_read = commands_read
        self._read_all = False
        self._goes_since, self._went_s = now, went_s
        self._goes = True

    def read(self, chunk: list[Outgoing], *, last: bool) -> None:
        """A piece of the file was read, the `last` one or not."""
        self.commands_read += len(chunk)
        self._read_all = last
        if chunk:
            self._last_read = chunk[-1].command
        self.forecasts.read(chunk)

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
        return self.forecasts.of(job, elapsed, self._percent())
