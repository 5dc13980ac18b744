"""The job's file, read by a thread that keeps some thousand commands ahead of the board."""

from __future__ import annotations

import asyncio
import os
import queue
import stat
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import BinaryIO

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.errors import FileRefused
from gbterm.gcode.lines import read_commands
from gbterm.gcode.policy import Action, judge
from gbterm.model import Firmware
from gbterm.text import scrub

CHUNK = 500
AHEAD = 4
"""Chunks that may be read before the board asks for more."""

Chunks = Generator[tuple[list[Outgoing], bool], None, None]
"""Commands, and whether they are the last ones."""

Deliver = Callable[[list[Outgoing], bool], None]
"""Given a chunk, and whether it was the last one."""


class ReadAhead:
    """Reads `file` from its start. `deliver` and `fail` are called on the loop.

    Every command is judged once more as it is read: the file may have been changed since it was
    checked, and nothing that the table refuses may reach a board.
    """

    def __init__(
        self, file: BinaryIO, firmware: Firmware, deliver: Deliver, fail: Callable[[str], None]
    ) -> None:
        self._file, self._firmware = file, firmware
        self._deliver, self._fail = deliver, fail
        self._loop = asyncio.get_running_loop()
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._stopped = False
        for _ in range(AHEAD):
            self._wanted.put(True)
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)
        self._thread.start()

    def more(self) -> None:
        """A chunk was used up: read another."""
        self._wanted.put(True)

    def stop(self) -> None:
        """Read no more; the file is closed."""
        self._stopped = True
        self._wanted.put(False)

    def _run(self) -> None:
        try:
            with self._file:
                self._read()
        except (OSError, FileRefused) as error:
            self._tell(self._fail, f"The file can't be read any more: {error}")

    def _read(self) -> None:
        for chunk, last in chunks(self._file, self._firmware):
            if not self._wanted.get() or self._stopped:
                return
            self._tell(self._deliver, chunk, last)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        if not self._stopped and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, what, arguments)

    def _hear(self, what: Callable[..., None], arguments: tuple[object, ...]) -> None:
        # What was on its way when the job ended must not reach the queue of the next one.
        if not self._stopped:
            what(*arguments)


def chunks(file: BinaryIO, firmware: Firmware) -> Chunks:
    """The commands of `file`, so many at a time. Raises `FileRefused`."""
    chunk: list[Outgoing] = []
    for command in read_commands(file):
        verdict = judge(command.text, firmware)
        if verdict.action is Action.REFUSED:
            raise FileRefused(f"line {command.line} {verdict.reason}")
        held = verdict.action is Action.HELD
        chunk.append(Outgoing(command.data, command.number, command.line, command.end, held=held))
        if len(chunk) == CHUNK:
            yield chunk, False
            chunk = []
    yield chunk, True


def open_job(path: Path) -> BinaryIO:
    """The job's file, held open: from here on it may be deleted or replaced by name.

    Blocking. Raises `FileRefused`, also for what is no plain file: a pipe would never end.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileRefused(f"{scrub(path.name, 60)} can't be opened: {reason}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileRefused(f"{scrub(path.name, 60)} is no file: name a sliced file.")
    return os.fdopen(descriptor, "rb")
