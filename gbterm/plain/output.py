"""Lines to standard output, from a thread of their own: who reads slowly holds back nobody else."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

from gbterm import lookalikes
from gbterm.terminal import Glyphs
from gbterm.text import scrub

LONGEST = 2000
"""Characters of a line."""
MOST_WAITING = 2000
"""Lines for a reader who doesn't read; older ones are counted only."""
FLUSHED_WITHIN_S = 2.0


def in_words(left_out: int) -> str:
    """What stands in the place of so many lines."""
    return f"{left_out} lines were left out."


class Output:
    """Writes whole lines and never a control character.

    Called by the thread: `on_gone` where nobody reads any more, and `on_end` once it has ended, for
    that or because all is written after `close`. A line is cut to `longest` characters, if at all.
    """

    def __init__(
        self,
        fd: int,
        encoding: str,
        draws: Glyphs,
        on_gone: Callable[[], None],
        *,
        on_end: Callable[[], None] = lambda: None,
        longest: int | None = LONGEST,
        left_out: Callable[[int], str] = in_words,
    ) -> None:
        self._fd, self._encoding, self._draws, self._on_gone = fd, encoding, draws, on_gone
        self._on_end = on_end
        self.failure: OSError | None = None
        """Why nobody reads any more."""
        self._longest, self._told_left_out = longest, left_out
        self._lines: deque[str] = deque()
        self._left_out, self._is_closed = 0, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="output", daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Print `text` as one line, whatever it holds."""
        with self._changed:
            if len(self._lines) == MOST_WAITING:
                self._lines.popleft()
                self._left_out += 1
            self._lines.append(text)
            self._changed.notify()

    def leave_out(self, number: int) -> None:
        """So many lines were left out before they came here."""
        with self._changed:
            self._left_out += number

    def close(self, within_s: float = FLUSHED_WITHIN_S) -> None:
        """Wait until all is written, if somebody reads it."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(within_s)

    def _run(self) -> None:
        self._write()
        self._on_end()

    def _write(self) -> None:
        while (text := self._next()) is not None:
            shown = lookalikes.line(scrub(text, self._longest), self._draws)
            data = f"{shown}\n".encode(self._encoding, "replace")
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError as error:
                self.failure = error
                self._on_gone()
                return

    def _next(self) -> str | None:
        """The next line; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._is_closed)
            if self._left_out:
                text, self._left_out = self._told_left_out(self._left_out), 0
                return text
            return self._lines.popleft() if self._lines else None
