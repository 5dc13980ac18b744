"""Lines between the host and a board, as people read them: of which kind one is, and which to show.

The words are Marlin's, as `tests/data/marlin` has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gbterm.text import scrub

KEPT = 2000
"""So many of the last lines are there for who asks late."""
LONGEST = 300
"""Characters that are shown of a line."""
KINDS = ("ok", "temperatures", "positions", "moves", "busy")
"""What may be hidden: bare oks, also with ADVANCED_OK's counts; temperatures and positions, asked
for or not; moves (G0 to G3) that were sent; what a board says to show that it lives, and how the
print from its card gets on, which OctoPrint has it say every second."""

_NUMBER, _CHECKSUM = re.compile(r"N\d+ *"), re.compile(r" *\*\d+\Z")
_MOVE = re.compile(r"G0*[0-3](?!\d)")
_ASKS_TEMPERATURE = re.compile(r"M0*1[05]5(?!\d)")
_ASKS_POSITION = re.compile(r"M0*1[15]4(?!\d)")
_OK = re.compile(r"ok(?: N-?\d+)?(?: P\d+ B\d+)?\s*\Z")
_TEMPERATURES = re.compile(r"(?:ok)? ?(?:T\d*|B) ?: ?-?\d")
_POSITION = re.compile(r"(?:ok )?X: ?-?[\d.]+ ?Y: ?-?\d")
_BUSY = re.compile(r"(?:echo:)?busy:|wait\Z|Not SD printing\s*\Z|SD printing byte ")
_SECRET = re.compile(r"(M *0*(?:587|589)(?!\d)[^P]*P|M *0*51[12](?!\d)|\[ESP\d+\]).+", re.DOTALL)
"""Passwords: of a network (M587, M589, and ESP3D's commands), and of the printer (M511, M512)."""


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A line as it went, with its number and checksum; `at` is a Unix time in seconds."""

    at: float
    direction: str
    """`out` to the board, `in` from it."""
    text: str


@dataclass(frozen=True, slots=True)
class ConsoleLines:
    """Lines in their order; `skipped` ones before them came too quickly to be told."""

    lines: tuple[ConsoleLine, ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines somebody wants: none of the kinds in `hide`, and those that hold `contains`,
    whatever its case."""

    hide: frozenset[str] = frozenset()
    contains: str = ""

    def passes(self, line: ConsoleLine) -> bool:
        """Whether `line` is wanted."""
        if self.contains and self.contains.lower() not in line.text.lower():
            return False
        return not self.hide or kind(line) not in self.hide

    def of(self, batch: ConsoleLines) -> ConsoleLines:
        """What of `batch` is wanted."""
        if self == EVERYTHING:
            return batch
        return ConsoleLines(tuple(filter(self.passes, batch.lines)), batch.skipped)


EVERYTHING = Filter()


def widest(filters: list[Filter]) -> Filter:
    """The filter that lets pass whatever one of `filters` does, and as little else as may be."""
    texts = {wanted.contains for wanted in filters}
    hidden = frozenset.intersection(*(wanted.hide for wanted in filters))
    return Filter(hidden, texts.pop() if len(texts) == 1 else "")


def kind(line: ConsoleLine) -> str:
    """One of `KINDS`, or empty."""
    if line.direction == "out":
        text = command(line.text)
        if _MOVE.match(text):
            return "moves"
        if _ASKS_TEMPERATURE.match(text):
            return "temperatures"
        return "positions" if _ASKS_POSITION.match(text) else ""
    if _OK.match(line.text):
        return "ok"
    if _TEMPERATURES.match(line.text):
        return "temperatures"
    if _POSITION.match(line.text):
        return "positions"
    return "busy" if _BUSY.match(line.text) else ""


def command(text: str) -> str:
    """What was sent without its number and checksum."""
    number = _NUMBER.match(text)
    return _CHECKSUM.sub("", text[number.end() :]) if number else text


def shown(raw: bytes) -> str:
    """A line fit to be shown: without its end, control characters and passwords, and cut."""
    text = raw.decode("utf-8", "replace").strip("\r\n")
    return scrub(without_passwords(text), LONGEST)


def without_passwords(text: str) -> str:
    """A line without those that it gives to the board."""
    return _SECRET.sub(r"\1***", text) if "M" in text or "[" in text else text
