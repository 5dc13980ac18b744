"""The settings of a Marlin board as M503 lists them: read line by line, written as commands again.

The listing is G-code: `echo:  M92 X80.00 Y80.00 Z400.00 E93.00` below a heading `echo:; Steps per
unit:` (2.0 and later) or `echo:Steps per unit:` (1.x); `M503 S0` leaves out `echo:` and headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from gbterm.text import scrub

MOST_LINES: Final = 2000
"""A mesh of 30 by 30 points is 900 of them."""
MOST_CHARS: Final = 256
MOST_WORDS: Final = 24
LARGEST_LIMIT: Final = 1e9
"""What memory that is damaged tells may be far beyond; no printer moves by it."""

_COMMAND = re.compile(r"[GM][0-9]{1,5}(?:\.[0-9])?")
_WORD = re.compile(r"([A-Z])([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))?")
_INCH_MM: Final = 25.4

_INDEXED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("M92", "M200", "M201", "M203", "M218", "M603", "M900"), "T"),
    **dict.fromkeys(("M906", "M913", "M914", "M919", "M569"), "TI"),
    **dict.fromkeys(("M301", "M306"), "E"),
    **dict.fromkeys(("M281", "M305"), "P"),
    "M145": "S",
    "M422": "SW",
    "G29": "SIJ",
    "M421": "IJ",
}
"""Letters that name a tool, a motor, a material or a point, and set nothing (the gcode/*.cpp)."""
_KEEPING: Final = frozenset(
    {
        *("M92", "M145", "M201", "M203", "M204", "M205", "M206", "M207", "M208", "M218"),
        *("M301", "M304", "M306", "M603", "M665", "M666", "M851", "M906"),
    }
)
"""Codes that leave as it is what they are not told (the gcode/*.cpp): it has more places than M503
writes, which would be lost with the command whole. M200 goes on by its D alone."""


@dataclass(frozen=True, slots=True)
class Word:
    """A letter with the number behind it as the board wrote it, empty for a letter alone."""

    letter: str
    value: str = ""

    def __str__(self) -> str:
        return self.letter + self.value


@dataclass(frozen=True, slots=True)
class Setting:
    """One number that the board keeps."""

    code: str
    index: str
    """Which tool, motor, material or point it is of, as `T0`; empty where there is one alone."""
    letter: str
    value: str
    """As the board wrote it: `80.00`."""
    heading: str = ""

    @property
    def key(self) -> str:
        """What it is named by: `M92 E`, `M301 E0 P`."""
        return " ".join(part for part in (self.code, self.index, self.letter) if part)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the listing that is a command."""

    code: str
    words: tuple[Word, ...] = ()
    heading: str = ""

    @property
    def index(self) -> str:
        """The words that set nothing, as `T0` or `X Y`."""
        return " ".join(str(word) for word in self.words if not self._sets(word))

    @property
    def key(self) -> str:
        """What it sets and of what: `M92`, `M301 E0`."""
        return f"{self.code} {self.index}".rstrip()

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What it sets, in its order."""
        return tuple(
            Setting(self.code, self.index, word.letter, word.value, self.heading)
            for word in self.words
            if self._sets(word)
        )

    def _sets(self, word: Word) -> bool:
        return bool(word.value) and word.letter not in _INDEXED.get(self.code, "")

    def command(self, changed: Mapping[str, str] | None = None) -> str:
        """It as the board takes it, or what gives the letters of `changed` other values."""
        changed = changed or {}
        keeps = bool(changed) and self.code in _KEEPING
        words = (
            Word(word.letter, changed.get(word.letter, word.value)) if self._sets(word) else word
            for word in self.words
            if not (keeps and self._sets(word) and word.letter not in changed)
        )
        return " ".join((self.code, *map(str, words)))


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """How the firmware plans moves, in mm and seconds, by axis: `X`, `Y`, `Z`, `E`.

    Of several extruders with settings of their own, `E` is the first.
    """

    feed: dict[str, float]
    """mm/s (M203)."""
    acceleration: dict[str, float]
    """mm/s² (M201)."""
    jerk: dict[str, float]
    """mm/s (M205); empty where the firmware goes by `junction_deviation`."""
    steps: dict[str, float]
    """For a mm (M92); empty in inches, which Marlin tells the wrong way round (M92.cpp)."""
    print_acceleration: float | None = None
    """mm/s² (M204), as the next two."""
    retract_acceleration: float | None = None
    travel_acceleration: float | None = None
    junction_deviation: float | None = None
    """mm (M205 J)."""
    min_segment_s: float | None = None
    min_feed: float | None = None
    """mm/s (M205 S), and of moves without extruding (T)."""
    min_travel_feed: float | None = None

    def of_axes(self) -> MotionLimits:
        """It without what is told of other axes: a peer may say anything."""

        def kept(given: dict[str, float]) -> dict[str, float]:
            return {axis: given[axis] for axis in "XYZE" if axis in given}

        return replace(
            self,
            feed=kept(self.feed),
            acceleration=kept(self.acceleration),
            jerk=kept(self.jerk),
            steps=kept(self.steps),
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer to M503: its commands, and the lines that are none, each in their order."""

    entries: tuple[Entry, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Each number; of commands that stand there twice alike, only those of the first."""
        found: dict[str, Setting] = {}
        for entry in self.entries:
            for setting in entry.settings:
                found.setdefault(setting.key, setting)
        return tuple(found.values())

    @property
    def in_inches(self) -> bool:
        """Whether its lengths are in inches (G20)."""
        return any(entry.code == "G20" for entry in self.entries)

    def entry(self, key: str) -> Entry | None:
        """The first with this key, as `M92` or `M301 E0`."""
        return next((entry for entry in self.entries if entry.key == key), None)

    @property
    def motion_limits(self) -> MotionLimits:
        """What it says of moves; empty or None is what it doesn't say."""
        unit = _INCH_MM if self.in_inches else 1.0
        single = self._values("M205"), self._values("M204")
        advanced, accelerations = ({k: float(v) for k, v in found.items()} for found in single)
        both = accelerations.get("S")  # M204 S, of Marlin before 1.1, is for both

        def length(found: Mapping[str, float], letter: str, also: float | None) -> float | None:
            value = found.get(letter, also)
            return None if value is None else value * unit

        segment = advanced.get("B")
        return MotionLimits(
            feed=self._axes("M203", lambda value: value * unit),
            acceleration=self._axes("M201", lambda value: value * unit),
            jerk=self._axes("M205", lambda value: value * unit),
            steps={} if self.in_inches else self._axes("M92", float),
            print_acceleration=length(accelerations, "P", both),
            retract_acceleration=length(accelerations, "R", None),
            travel_acceleration=length(accelerations, "T", both),
            junction_deviation=length(advanced, "J", None),
            min_segment_s=None if segment is None else segment / 1e6,
            min_feed=length(advanced, "S", None),
            min_travel_feed=length(advanced, "T", None),
        )

    def _values(self, code: str) -> dict[str, str]:
        """The numbers of all lines of `code` by letter that can be so; the first of a letter
        counts."""
        settings = [s for e in self.entries if e.code == code for s in e.settings]
        found = {setting.letter: setting.value for setting in reversed(settings)}
        return {k: value for k, value in found.items() if abs(float(value)) <= LARGEST_LIMIT}

    def _axes(self, code: str, unit: Callable[[float], float]) -> dict[str, float]:
        found = self._values(code)
        return {axis: unit(float(found[axis])) for axis in "XYZE" if axis in found}


def read(lines: Iterable[str]) -> Listing:
    """The listing in the lines before the `ok` to M503; what is too much is left out."""
    entries: list[Entry] = []
    unknown: list[str] = []
    heading = ""
    for _, raw in zip(range(MOST_LINES), lines, strict=False):
        text = raw[:MOST_CHARS].strip().removeprefix("echo:").strip()
        if text.startswith(";"):
            heading = _heading(text[1:])
        elif (entry := _entry(text, heading)) is not None:
            entries.append(entry)
        elif text:
            if text.endswith(":"):
                heading = _heading(text)
            unknown.append(scrub(text))
    return Listing(tuple(entries), tuple(unknown))


def _heading(text: str) -> str:
    return scrub(text.strip().removesuffix(":"))


def _entry(text: str, heading: str) -> Entry | None:
    """A command with letters and numbers alone; None for what is no such thing."""
    code, *rest = text.partition(";")[0].split() or ("",)
    if not _COMMAND.fullmatch(code) or len(rest) > MOST_WORDS:
        return None
    words = [_WORD.fullmatch(word) for word in rest]
    found = tuple(Word(word[1], word[2] or "") for word in words if word is not None)
    return Entry(code, found, heading) if len(found) == len(words) else None
