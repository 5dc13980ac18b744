"""Lines from standard input, from a thread of their own, as a file can't be waited for."""

from __future__ import annotations

import os
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable

LONGEST = 4096
"""Bytes of a line, as many as a terminal's line holds; what is beyond is not a command."""


class Input:
    """Calls `on_line` on the loop for every line, and `on_end` at the end of input.

    At a terminal input may end more than once. A line is read when `room` has a place for it, which
    who handles it gives back.
    """

    def __init__(
        self,
        fd: int,
        loop: AbstractEventLoop,
        room: threading.Semaphore,
        on_line: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self._fd, self._loop, self._room = fd, loop, room
        self._on_line, self._on_end = on_line, on_end
        threading.Thread(target=self._read, name="input", daemon=True).start()

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = os.read(self._fd, 65536)
                at_terminal = os.isatty(self._fd)
            except OSError:  # it was hung up
                data, at_terminal = b"", False
            if not data:
                if rest:
                    self._tell(rest)
                    rest = b""
                self._call(self._on_end)
                if not at_terminal:
                    return
                continue
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[: LONGEST + 1]
            for line in lines:
                self._tell(line)

    def _tell(self, line: bytes) -> None:
        self._room.acquire()
        text = line[: LONGEST + 1].decode("utf-8", "replace").strip()
        self._call(lambda: self._on_line(text))

    def _call(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            raise SystemExit from None  # the loop has ended, and with it everything
