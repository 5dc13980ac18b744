"""Whether a nozzle is warm enough to push filament, by what the file set it to."""

from __future__ import annotations

import re

from gbterm.model import Firmware

COLDEST = 170.0
"""`EXTRUDE_MINTEMP`: below, Marlin leaves out the E of a move."""
_words = re.compile(r"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))").findall
TARGETS, COLD_EXTRUSION = (104, 109), 302


class Warmth:
    """Of the nozzles, which are off before the file sets them."""

    def __init__(self, firmware: Firmware | None) -> None:
        # Where there is one, tools may be filaments that share it; who knows no board can't tell.
        self._shared = firmware is None or firmware.extruders < 2
        self._targets: dict[int, float] = {}
        self.tool = 0
        self.least = COLDEST
        self.is_known = True
        """False after something that may have heated."""

    @property
    def target(self) -> float:
        """Of the active nozzle, in °C."""
        return self._targets.get(0 if self._shared else self.tool, 0.0)

    @property
    def is_cold(self) -> bool:
        """Whether the board would leave out an extrusion."""
        return self.is_known and self.target < self.least

    def m(self, number: int, text: str) -> bool:
        """An M code; whether it changes any of that."""
        if number not in (*TARGETS, COLD_EXTRUSION):
            return False
        words = {letter: float(value) for letter, value in _words(text)}
        if number == COLD_EXTRUSION:
            self.least = 0.0 if words.get("P") else words.get("S", self.least)
            return True
        target = max((words[letter] for letter in "SR" if letter in words), default=None)
        if target is not None:
            tool = words.get("T", self.tool)
            self._targets[0 if self._shared else int(min(tool, 1e6))] = target
            self.is_known = True
        return True
