"""The lines of the cable as they are told: as they come, but only so many."""

from __future__ import annotations

import time
from collections.abc import Callable

from gbterm.backends.base import Backend
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines, Filter, command
from gbterm.keymap.console import HIDDEN_AT_FIRST, HIDES
from gbterm.widgets.words import clock

A_SECOND = 50
"""Lines that are told of one second; the others are counted."""


class Cable:
    """Follows the lines of one backend, or none."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.hiding = set(HIDDEN_AT_FIRST)
        """The actions that hide lines."""
        self.contains = ""
        """What a line has to hold."""
        self.is_raw = False
        """Whether lines that were sent are told with their numbers and checksums."""
        self._say = say
        self._stop: Callable[[], None] | None = None
        self._second, self._told, self._left_out = 0, 0, 0

    @property
    def is_on(self) -> bool:
        """Whether anything is told."""
        return self._stop is not None

    def filter(self) -> Filter:
        """What is wanted."""
        hidden = (HIDES[name] for name in self.hiding)
        return Filter(frozenset[str]().union(*hidden), self.contains)

    async def follow(self, backend: Backend) -> None:
        """Tell from now on what is wanted now."""
        stop = await backend.watch_console(self._tell, self.filter())
        self.stop()
        self._stop = stop

    def stop(self) -> None:
        """Tell nothing any more."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    async def last(self, backend: Backend, wanted: Filter) -> list[ConsoleLine]:
        """Those of the last lines that are wanted."""
        batches: list[ConsoleLines] = []
        (await backend.watch_console(batches.append, wanted, KEPT))()
        return [line for batch in batches for line in batch.lines]

    def written(self, line: ConsoleLine) -> str:
        """A line with its time and direction."""
        at = clock(line.at)
        if line.direction == "in":
            return f"{at} received {line.text}"
        return f"{at} sent {line.text if self.is_raw else command(line.text)}"

    def _tell(self, batch: ConsoleLines) -> None:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._told = second, 0
        self._left_out += batch.skipped
        for line in batch.lines:
            if self._told >= A_SECOND:
                self._left_out += 1
                continue
            if self._left_out:
                self._say(f"{self._left_out} lines of the cable were left out.")
                self._left_out = 0
            self._told += 1
            self._say(self.written(line))
