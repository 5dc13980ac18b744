"""How far the nozzle is from where homing believes it: what the firmware adds, and babysteps.

By Marlin's sources: M290 raises the nozzle past every position until Z is homed again (M290.cpp,
babystep.cpp); with BABYSTEP_ZPROBE_OFFSET it adds the same to the probe's offset. That one, M851 Z,
acts at the next homing, and more of it is higher. Without a probe it is the home offset, M206 Z,
which acts at once, and less of it is higher (motion.h: logical is native plus offset).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMBER = r"([-+]?\d{1,3}\.\d{1,6})"
_OF_PROBE = re.compile(
    rf"M851 (?:.*?)Z{_NUMBER}|Probe Offset.*?Z:? *{_NUMBER}|Probe Z Offset:? *{_NUMBER}"
)
_OF_HOME = re.compile(rf"M206 (?:.*?)Z{_NUMBER}")
NEAR_MM = 0.006
"""Boards tell hundredths."""


@dataclass(frozen=True, slots=True)
class ZOffset:
    """`now_mm` is what the board has; `babystep_mm` what was stepped since Z was homed.

    `of_probe` says which it is: M851 or M206. `follows` says that the board counted the babysteps
    in already.
    """

    now_mm: float
    babystep_mm: float = 0.0
    of_probe: bool = True
    follows: bool = False

    @property
    def code(self) -> str:
        """What it is set by."""
        return "M851" if self.of_probe else "M206"

    @property
    def before_mm(self) -> float:
        """What it was without the babysteps."""
        return round(self.now_mm - self.babystep_mm, 3) if self.follows else self.now_mm

    @property
    def wanted_mm(self) -> float:
        """What it has to be for the nozzle to stand as it does now."""
        if self.follows:
            return self.now_mm
        return round(self.now_mm + (self.babystep_mm if self.of_probe else -self.babystep_mm), 3)

    @property
    def words(self) -> str:
        """All of it, in a sentence."""
        what = "probe's" if self.of_probe else "home"
        told = f"The {what} offset ({self.code} Z) is {self.now_mm:+.2f} mm"
        if not self.babystep_mm:
            return f"{told}; no babysteps since Z was homed."
        if self.follows:
            return f"{told}, {self.babystep_mm:+.2f} mm of that by babysteps."
        return f"{told}; babysteps since Z was homed: {self.babystep_mm:+.2f} mm."


def of_probe(lines: Iterable[str]) -> float | None:
    """The probe's, in the answer to M851, M290 or M503."""
    return _last(_OF_PROBE, lines)


def of_home(lines: Iterable[str]) -> float | None:
    """The home offset, in the answer to M503."""
    return _last(_OF_HOME, lines)


def _last(pattern: re.Pattern[str], lines: Iterable[str]) -> float | None:
    found = [match for line in lines if (match := pattern.search(line))]
    return float(next(filter(None, found[-1].groups()))) if found else None
