"""The layers of the job's file: which one the print is in, and before which it pauses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from gbterm.errors import OutOfRange, UsageError, WrongState
from gbterm.jobs import Job

MOST_PAUSES = 100
NEVER = 1 << 63


class Layers:
    """`starts` are the commands of the file that its layers begin with, numbered from 1."""

    def __init__(self, starts: tuple[int, ...]) -> None:
        self._starts = starts
        self._pauses: tuple[int, ...] = ()
        self._reached = 0

    @property
    def pause_before(self) -> int:
        """The command that the next of the pauses comes before; `NEVER` without one."""
        return self._starts[self._pauses[0] - 1] if self._pauses else NEVER

    def of(self, job: Job) -> Job:
        """`job` with the layer that its last command belongs to."""
        if not self._starts:
            return job
        layer = bisect_right(self._starts, job.command)
        return replace(job, layer=layer, layers=len(self._starts), pause_layers=self._pauses)

    def pause_at(self, layers: Iterable[int], next_command: int) -> None:
        """Pause before each of these layers, and no others; `next_command` was not sent yet.

        Raises `OutOfRange` for a layer that the file hasn't, `WrongState` for one that has begun.
        """
        wanted = sorted(set(layers))
        if len(wanted) > MOST_PAUSES:
            raise UsageError(f"A print pauses at {MOST_PAUSES} layers at most: name fewer.")
        if wanted and not self._starts:
            raise UsageError("The file shows no layers: pause the print by hand.")
        most = len(self._starts)
        if wrong := [layer for layer in wanted if not 1 <= layer <= most]:
            raise OutOfRange(f"The file has layers 1 to {most}, and no layer {wrong[0]}.")
        begun = max(bisect_right(self._starts, next_command - 1), self._reached)
        if wanted and wanted[0] <= begun:
            ahead = f": name one from {begun + 1}" if begun < most else ", and was the last one"
            raise WrongState(f"Layer {wanted[0]} has begun already{ahead}.")
        self._pauses = tuple(wanted)

    def reach(self) -> int:
        """The print comes to the next of the pauses: its layer, which is no pause any more."""
        self._reached, *rest = self._pauses
        self._pauses = tuple(rest)
        return self._reached
