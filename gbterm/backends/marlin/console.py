"""The transcript for those who watch it: some ten times a second, and nothing while nobody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.marlin.transcript import Entry, Transcript
from gbterm.backends.watches import Watches
from gbterm.console_lines import ConsoleLine, ConsoleLines, Filter, shown

EVERY_S = 0.1
MOST = 500
"""Lines in a batch: of 5,000 a second none is lost, and more nobody could read."""
CLOCK_WAS_SET_S = 1.0
"""Less is how two clocks differ; so much is somebody who set one."""


class Console:
    """Tells each listener of new lines, and first, if wanted, of the last ones before."""

    def __init__(self, transcript: Transcript, clock: Callable[[], float]) -> None:
        """`clock` is that of the transcript's times."""
        self._transcript, self._clock = transcript, clock
        self._offset = float("inf")
        self._told = 0
        self._watches = Watches()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, listener: ConsoleListener, wanted: Filter, backlog: int) -> Callable[[], None]:
        """Tell `listener` of what is `wanted` until the returned function is called."""
        self._tell()
        before = self._lines(self._transcript.last(backlog))
        stop = self._watches.add(listener, wanted, before)
        if self._timer is None:
            self._wait()
        return stop

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._watches.filters:
            # First, since what a listener does wrong must not end it for the others.
            self._wait()
            self._tell()

    def _tell(self) -> None:
        """Tell of what came since the last time."""
        new = self._transcript.count - self._told
        self._told = self._transcript.count
        if not new or not self._watches.filters:
            return
        lines = self._lines(self._transcript.last(min(new, MOST)))
        self._watches.tell(ConsoleLines(lines, max(0, new - MOST)))

    def _lines(self, entries: list[Entry]) -> tuple[ConsoleLine, ...]:
        offset = time.time() - self._clock()
        if abs(offset - self._offset) > CLOCK_WAS_SET_S:
            self._offset = offset
        offset = self._offset
        lines = (
            ConsoleLine(round(at + offset, 6), "out" if is_out else "in", shown(raw))
            for at, is_out, raw in entries
        )
        return tuple(line for line in lines if line.text)
