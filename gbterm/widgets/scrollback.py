"""The lines of the G-code console: those that are kept, those of them on show, those found."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

from gbterm.console_lines import LONGEST, ConsoleLine, ConsoleLines, command, kind
from gbterm.text import scrub

MOST = 20_000
"""Lines that are kept."""
SLACK = 1_000
"""So many more before the oldest go, all at once."""
MOST_SENT = 100
"""Commands of one's own that are looked for among the lines."""

LATEST = 1e11
"""A Unix time that is no time any more; another computer may say anything."""

NOTE = "note"
"""The direction of a line that is ours: what is missing here."""


class Entry(NamedTuple):
    """A kept line; `number` grows from line to line, `kind` is empty for what is never hidden."""

    number: int
    at: float
    direction: str
    text: str
    kind: str


class Row(NamedTuple):
    """What one row of the screen shows of a line; only the `is_first` one has its time."""

    entry: Entry
    part: int
    text: str

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands, whatever becomes of the rows before it."""
        return self.entry.number, self.part


class Scrollback:
    """Keeps lines in their order. Whoever changes what is shown of them gets new `rows`."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        """What is on show, a row of the screen each."""
        self.hidden: frozenset[str] = frozenset()
        """Kinds that are not on show; see `console_lines.KINDS`."""
        self.is_raw = False
        """Whether line numbers and checksums are on show."""
        self.width = 0
        """Cells to wrap lines at, or 0."""
        self.sought = ""
        """What is looked for, whatever its case."""
        self.found: list[int] = []
        """The numbers of the lines on show that hold it."""
        self._entries: list[Entry] = []
        self._last: ConsoleLine | None = None
        self._count = 0
        self._sent: deque[str] = deque(maxlen=MOST_SENT)
        self._asked = ""
        self._is_answered = True

    # What comes

    def sends(self, text: str) -> None:
        """The user sends a command: it and the answer up to its ok are never hidden."""
        self._sent.append(text)

    def did_not_send(self, text: str) -> None:
        """It was refused."""
        if text in self._sent:
            self._sent.remove(text)

    def add(self, batch: ConsoleLines) -> None:
        """These lines came after all others."""
        if batch.skipped:
            self.note(f"{batch.skipped} lines came too quickly to be told", batch.lines)
        for line in batch.lines:
            self._keep(line.at, line.direction, scrub(line.text, LONGEST), self._kind(line))
        if batch.lines:
            self._last = batch.lines[-1]
        self._drop_oldest()

    def catch_up(self, last: ConsoleLines) -> None:
        """These are the last lines there were, some of which may be here already."""
        lines, known = last.lines, self._last
        if known in lines:
            here = len(lines) - lines[::-1].index(known)
            last = replace(last, lines=lines[here:])
        elif known is not None and lines:
            self.note("what came before this was not watched", lines)
        self.add(last)

    def note(self, text: str, before: Sequence[ConsoleLine] = ()) -> None:
        """Say something of our own about the lines."""
        at = before[0].at if before else self._last.at if self._last else 0.0
        self._keep(at, NOTE, text, "")

    def _kind(self, line: ConsoleLine) -> str:
        of_line = kind(line)
        if line.direction == "out" and self._sent and (text := command(line.text)) in self._sent:
            self._sent.remove(text)
            self._asked = of_line
            self._is_answered = False
            return ""
        if self._is_answered or line.direction == "out":
            return of_line
        self._is_answered = line.text.startswith("ok")
        return "" if of_line in ("ok", self._asked) else of_line

    def _keep(self, at: float, direction: str, text: str, kind: str) -> None:
        entry = Entry(self._count, at if 0 <= at < LATEST else 0.0, direction, text, kind)
        self._count += 1
        self._entries.append(entry)
        self._show(entry)

    def _drop_oldest(self) -> None:
        if len(self._entries) <= MOST + SLACK:
            return
        del self._entries[:-MOST]
        oldest = self._entries[0].number
        del self.rows[: self.row_of((oldest, 0))]
        del self.found[: bisect_left(self.found, oldest)]

    # What is on show of it

    def show(self, *, hidden: frozenset[str], is_raw: bool, width: int) -> None:
        """Show otherwise what is kept."""
        if (hidden, is_raw, width) != (self.hidden, self.is_raw, self.width):
            self.hidden, self.is_raw, self.width = hidden, is_raw, width
            self._show_all()

    def find(self, sought: str) -> None:
        """Look for `sought`; empty for nothing."""
        self.sought = sought.lower()
        self.found = [e.number for e in self.shown() if self._is_found(self._text(e))]

    def _show_all(self) -> None:
        self.rows, self.found = [], []
        for entry in self._entries:
            self._show(entry)

    def _show(self, entry: Entry) -> None:
        if entry.kind in self.hidden:
            return
        text = self._text(entry)
        if self._is_found(text):
            self.found.append(entry.number)
        if not self.width or cell_len(text) <= self.width:
            self.rows.append(Row(entry, 0, text))
        else:
            parts = chop_cells(text, self.width)
            self.rows += [Row(entry, number, part) for number, part in enumerate(parts)]

    def _text(self, entry: Entry) -> str:
        return command(entry.text) if entry.direction == "out" and not self.is_raw else entry.text

    def _is_found(self, text: str) -> bool:
        return bool(self.sought) and self.sought in text.lower()

    def row_of(self, place: tuple[int, int]) -> int:
        """The index of the row at `place`, or of the next one that is on show."""
        return bisect_left(self.rows, place, key=_place)

    def shown(self) -> list[Entry]:
        """The lines on show, oldest first."""
        return [row.entry for row in self.rows if row.part == 0]


def _place(row: Row) -> tuple[int, int]:
    return row.entry.number, row.part
