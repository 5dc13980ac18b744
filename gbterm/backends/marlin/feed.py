"""The file's commands on their way into the queue, as many as the board needs next."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from gbterm.backends.marlin.progress import Progress
from gbterm.backends.marlin.readahead import ReadAhead
from gbterm.backends.marlin.stream import Stream
from gbterm.errors import FileRefused
from gbterm.gcode.standpoint import Standpoint
from gbterm.jobs import Job
from gbterm.model import Firmware

KEPT_AHEAD = 64
"""Commands that wait for their turn at least, while the file has more."""


class Feed:
    """Fills the queue of `stream` from `file`, from `start` on where one is given, before which it
    printed up to `top_mm`. `on_lines` is called when more was read, and `fail` with a sentence
    where the file isn't what was checked."""

    def __init__(
        self,
        job: Job,
        file: BinaryIO,
        firmware: Firmware,
        stream: Stream,
        progress: Progress,
        on_lines: Callable[[], None],
        fail: Callable[[str], None],
        start: Standpoint | None = None,
        top_mm: float = 0.0,
    ) -> None:
        self._job, self._stream, self._progress = job, stream, progress
        self._fail = fail
        self._reader = ReadAhead(file, firmware, on_lines, fail, start, top_mm)

    @property
    def has_read_all(self) -> bool:
        """Whether the file has no more commands."""
        return self._progress.has_read_all

    def stop(self) -> None:
        """Read no more; the file is closed."""
        self._reader.stop()

    def fill(self) -> bool:
        """Queue some commands where few wait; whether the queue had run empty and has some now."""
        queue, progress = self._stream.job, self._progress
        if len(queue) >= KEPT_AHEAD or progress.has_read_all:
            return False
        try:
            commands = self._reader.take()
        except FileRefused as error:
            self._fail(f"The file can't be read any more: {error}")
            return False
        last = self._reader.is_at_end
        progress.read(commands, last=last)
        read, checked = progress.commands_read, self._job.commands
        if read > checked or (last and read < checked):
            self._fail(
                f"{self._job.name} was changed while it was printed: it had {checked} commands,"
                f" and now has {read}{'' if last else ' or more'}."
            )
            return False
        waited = not queue
        queue.extend(commands)
        return waited and bool(queue)
