"""Console lines out of OctoPrint's log, which after a break repeats its last 300 lines."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.watches import Watches
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines, Filter, shown

SEND, RECV = "Send: ", "Recv: "
REPEATED = 300
"""Lines that the server tells once more in a history."""


class Console:
    """The last lines, and who watches them. Times are ours: the log has none."""

    def __init__(self) -> None:
        self._lines: deque[ConsoleLine] = deque(maxlen=KEPT)
        self._tail: deque[str] = deque(maxlen=REPEATED)
        """The last lines as the server logged them."""
        self._may_repeat = False
        self._watches = Watches()

    def clear(self) -> None:
        """From here on lines are missing."""
        self._lines.clear()
        self._tail.clear()
        self._may_repeat = False

    def recall(self, logs: Sequence[str]) -> list[str] | None:
        """The last lines of the server; those that are new, None where that can't be told."""
        known = _known(logs, self._tail)
        self._may_repeat = True
        self._tell(logs[known:])
        return list(logs[known:]) if known else None

    def receive(self, logs: Sequence[str]) -> list[str]:
        """Lines came; those that are new."""
        known = 0
        if self._may_repeat and logs:
            # What was logged just before a history comes after it as well.
            known = _overlap(self._tail, logs)
            self._may_repeat = False
        self._tell(logs[known:])
        return list(logs[known:])

    def watch(
        self,
        listener: ConsoleListener,
        wanted: Filter,
        backlog: int,
        on_stop: Callable[[], None] = lambda: None,
    ) -> Callable[[], None]:
        """Tell `listener` of what is `wanted`, first of the last `backlog` lines."""
        before = list(islice(reversed(self._lines), backlog))[::-1]
        return self._watches.add(listener, wanted, before, on_stop)

    def _tell(self, logs: Sequence[str]) -> None:
        self._tail.extend(logs)
        last = logs[-KEPT:]
        now = round(time.time(), 6)
        lines = tuple(line for raw in last if (line := _line(raw, now)).text)
        self._lines.extend(lines)
        self._watches.tell(ConsoleLines(lines, len(logs) - len(last)))


def _line(raw: str, at: float) -> ConsoleLine:
    if raw.startswith((SEND, RECV)):
        direction = "out" if raw.startswith(SEND) else "in"
        return ConsoleLine(at, direction, shown(raw[len(SEND) :].encode("utf-8", "replace")))
    # What the server says about the connection goes nowhere; people look for it among the answers.
    return ConsoleLine(at, "in", shown(f"OctoPrint: {raw}".encode("utf-8", "replace")))


def _known(logs: Sequence[str], tail: Sequence[str]) -> int:
    """How many of the first `logs` end in what ends `tail`; the longest piece counts."""
    before, best, longest = list(tail), 0, 0
    for end in range(1, len(logs) + 1):
        length = min(end, len(before))
        if length and length >= longest and list(logs[end - length : end]) == before[-length:]:
            best, longest = end, length
    return best


def _overlap(tail: Sequence[str], logs: Sequence[str]) -> int:
    """How many of the first `logs` are the last of `tail`."""
    before = list(tail)
    for length in range(min(len(before), len(logs)), 0, -1):
        if before[-length:] == list(logs[:length]):
            return length
    return 0
