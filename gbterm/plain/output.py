"""Lines to standard output, from a thread of their own: who reads slowly holds back nobody else."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable

from gbterm import lookalikes
from gbterm.terminal import Glyphs
from gbterm.text import scrub

LONGEST = 2000
"""Characters of a line."""
MOST_WAITING = 2000
"""Lines for a reader who doesn't read; further ones are counted only."""
FLUSHED_WITHIN_S = 2.0


class Output:
    """Writes whole lines and never a control character; `on_gone` is called by the thread."""

    def __init__(self, fd: int, encoding: str, draws: Glyphs, on_gone: Callable[[], None]) -> None:
        self._fd, self._encoding, self._draws, self._on_gone = fd, encoding, draws, on_gone
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Print `text` as one line, whatever it holds."""
        try:
            if self._left_out:
                self._lines.put_nowait(f"{self._left_out} lines were left out.")
                self._left_out = 0
            self._lines.put_nowait(text)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Wait until all is written, if somebody reads it."""
        try:
            self._lines.put(None, timeout=FLUSHED_WITHIN_S)
        except queue.Full:
            return
        self._thread.join(FLUSHED_WITHIN_S)

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            shown = lookalikes.line(scrub(text, LONGEST), self._draws)
            data = f"{shown}\n".encode(self._encoding, "replace")
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError:
                self._on_gone()
                return
