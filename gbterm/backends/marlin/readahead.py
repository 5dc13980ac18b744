"""The job's file: a thread reads its lines ahead of the board, the loop turns them into commands.

The thread does no more than read and split, so that it never keeps the loop from running; the
commands are made a few at a time, when the board needs some.
"""

from __future__ import annotations

import asyncio
import os
import queue
import re
import stat
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.errors import FileRefused
from gbterm.gcode.lines import Commands, read_lines
from gbterm.gcode.pack import pack
from gbterm.gcode.policy import Action, judge
from gbterm.gcode.standpoint import Standpoint
from gbterm.gcode.whereabouts import Whereabouts
from gbterm.model import Firmware
from gbterm.text import scrub

CHUNK, CHUNK_BYTES = 1000, 1 << 18
"""Lines that the thread hands over at a time, and bytes: a comment may take a megabyte."""
AHEAD = 2
"""Chunks that it may read before one was used up."""
SLICE = 32
"""Commands that are made at a time: so few that the board waits for none of it."""

_DRAWS = re.compile(rb"G *0*[123](?![\d.])(?=.*[XY]).*E")


class ReadAhead:
    """Reads `file` from `start` on, before which it printed up to `top_mm`, or from its own.
    `on_lines` and `fail` are called on the loop.

    Every command is judged once more as it is read: the file may have been changed since it was
    checked, and nothing that the table refuses may reach a board.
    """

    def __init__(
        self,
        file: BinaryIO,
        firmware: Firmware,
        on_lines: Callable[[], None],
        fail: Callable[[str], None],
        start: Standpoint | None = None,
        top_mm: float = 0.0,
    ) -> None:
        self._file, self._firmware, self._start = file, firmware, start
        self._on_lines, self._fail = on_lines, fail
        self._loop = asyncio.get_running_loop()
        self._chunks: deque[list[bytes]] = deque()
        self._lines: deque[bytes] = deque()
        self._last_came = self._stopped = False
        self._commands = Commands(start.end, start.command, start.line) if start else Commands()
        self._whereabouts = start.whereabouts if start else Whereabouts(firmware)
        self._top_mm = top_mm
        self._shorten = pack if firmware.is_marlin_2 else bytes
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        for _ in range(AHEAD):
            self._wanted.put(True)
        self.start()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._run, name="read-ahead", daemon=True).start()

    def stop(self) -> None:
        """Read no more; the file is closed."""
        self._stopped = True
        self._wanted.put(False)
        self._chunks.clear()
        self._lines.clear()

    @property
    def is_at_end(self) -> bool:
        """Whether the file has no more commands."""
        return self._last_came and not self._chunks and not self._lines and not self._stopped

    def take(self) -> list[Outgoing]:
        """The next few commands; none where none was read yet. Raises `FileRefused`.

        Thousands of comment lines, as a picture of the print takes, must not hold up the board.
        """
        taken: list[Outgoing] = []
        while len(taken) < SLICE and (self._lines or self._chunks):
            if not self._lines:
                self._lines.extend(self._chunks.popleft())
                self._wanted.put(True)
            elif line := self._command(self._lines.popleft()):
                taken.append(line)
        return taken

    def _command(self, raw: bytes) -> Outgoing | None:
        command = self._commands.read(raw)
        if command is None:
            return None
        verdict = judge(command.text, self._firmware)
        if verdict.action is Action.REFUSED:
            raise FileRefused(f"line {command.line} {verdict.reason}")
        text, held = self._shorten(command.data), verdict.action is Action.HELD
        whereabouts = self._whereabouts
        # What is never sent moves nothing.
        place = whereabouts.place if held else whereabouts.follow(text)
        if (z := place[2]) is not None and z.value > self._top_mm and _DRAWS.match(text):
            self._top_mm = z.value
        return Outgoing(
            text,
            command.number,
            command.line,
            command.end,
            place,
            whereabouts.modes,
            self._top_mm,
            held,
        )

    # In the thread.

    def _run(self) -> None:
        try:
            with self._file:
                self._read()
        except (OSError, FileRefused) as error:
            self._tell(self._fail, f"The file can't be read any more: {error}")

    def _read(self) -> None:
        begun = self._start
        self._file.seek(begun.end if begun else 0)
        lines = read_lines(self._file, begun.line if begun else 0)
        while self._wanted.get() and not self._stopped:
            chunk = _chunk(lines)
            self._tell(self._hear, chunk)
            if not chunk:
                return

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        if not self._stopped and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._unless_stopped, what, arguments)

    # On the loop again.

    def _unless_stopped(self, what: Callable[..., None], arguments: tuple[object, ...]) -> None:
        # What was on its way when the job ended must not reach the next one.
        if not self._stopped:
            what(*arguments)

    def _hear(self, chunk: list[bytes]) -> None:
        if chunk:
            self._chunks.append(chunk)
        else:
            self._last_came = True
        self._on_lines()


def _chunk(lines: Iterator[bytes]) -> list[bytes]:
    """The next lines, empty at the end of the file."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            break
    return chunk


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
