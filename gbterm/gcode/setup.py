"""What a file has set on its printer so far: heaters, fans, leveling, and what else holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gbterm.gcode.lines import Command

_WORD = re.compile(rb"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))?")

SETTINGS: dict[int, bytes] = {
    **dict.fromkeys((92, 200, 201, 203, 218, 900), b"T"),
    **dict.fromkeys((204, 205, 207, 208, 209, 211, 217, 302, 304, 412, 592, 593), b""),
    **dict.fromkeys((569, 906, 913, 914), b"TI"),
    301: b"E",
}
"""M codes that hold until they are sent again, or the board is reset, with the letters that say of
which one among several a setting is."""
MOST_SETTINGS = 200

Words = dict[bytes, bytes]


class Setup:
    """Sees the M codes of a file, one by one. Temperatures in °C, fans of 255."""

    def __init__(self) -> None:
        self.nozzles: dict[int, float] = {}
        self.bed = self.chamber = 0.0
        self.fans: dict[int, float] = {}
        self.leveling = ""
        """What turns the bed's leveling on again; empty where the file did not."""
        self.excess: Command | None = None
        """The first setting that is one too many to remember."""
        self._settings: dict[tuple[bytes, ...], str] = {}

    @property
    def settings(self) -> tuple[str, ...]:
        """The last of each kind, in the order in which they came."""
        return tuple(self._settings.values())

    def see(self, number: int, command: Command, tool: int) -> None:
        """M`number`, while `tool` is selected."""
        words = _WORD.findall(command.data)[1:]
        if (of_one := SETTINGS.get(number)) is not None:
            self._set(number, (a + b if a in of_one else a for a, b in words), command)
        elif number in (104, 109):
            self._see_nozzle(dict(words), tool)
        elif (see := _SEEN.get(number)) is not None:
            see(self, dict(words), command)

    def _set(self, number: int, kind: Iterable[bytes], command: Command) -> None:
        key = (b"%d" % number, *sorted(kind))
        self._settings.pop(key, None)
        self._settings[key] = command.text
        if len(self._settings) > MOST_SETTINGS and self.excess is None:
            self.excess = command

    def _see_leveling(self, words: Words, command: Command) -> None:
        if b"S" in words and float(words[b"S"] or 1):
            self.leveling = command.text
        elif b"S" in words or b"Z" in words or b"L" in words:
            self.leveling = "" if b"S" in words else self.leveling
            self._set(420, words, command)

    def _see_nozzle(self, words: Words, tool: int) -> None:
        index = int(float(words.get(b"T") or tool))
        self.nozzles[index] = _target(words, self.nozzles.get(index, 0.0))

    def _see_bed(self, words: Words, _: Command) -> None:
        self.bed = _target(words, self.bed)

    def _see_chamber(self, words: Words, _: Command) -> None:
        self.chamber = _target(words, self.chamber)

    def _see_fan(self, words: Words, _: Command) -> None:
        self.fans[int(float(words.get(b"P") or 0))] = float(words.get(b"S") or 255)

    def _see_fan_off(self, words: Words, _: Command) -> None:
        self.fans[int(float(words.get(b"P") or 0))] = 0.0


_SEEN: dict[int, Callable[[Setup, Words, Command], None]] = {
    **dict.fromkeys((140, 190), Setup._see_bed),
    **dict.fromkeys((141, 191), Setup._see_chamber),
    106: Setup._see_fan,
    107: Setup._see_fan_off,
    420: Setup._see_leveling,
}


def _target(words: Words, before: float) -> float:
    value = words.get(b"S") or words.get(b"R")
    return float(value) if value else before
