"""How far a command heats: what the limits of a printer are held against, in a file and typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NOZZLE, BED, CHAMBER = "nozzle", "bed", "chamber"
_HEATS = re.compile(r"M *0*(10[49]|14[015]|19[01]|303|600|81\d)(?!\d)")
_WORD = re.compile(r"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))")
_LETTERS: dict[str, dict[str, str]] = {
    # S, R to which it may be cooled as well, and the highest of AUTOTEMP.
    "104": {NOZZLE: "SRB"},
    "109": {NOZZLE: "SRB"},
    "140": {BED: "SR"},
    "190": {BED: "SR"},
    "141": {CHAMBER: "SR"},
    "191": {CHAMBER: "SR"},
    # A material, which M104 and M140 take by its number (I).
    "145": {NOZZLE: "H", BED: "B", CHAMBER: "C"},
    # For the way back; its B is a count of beeps.
    "600": {NOZZLE: "R"},
}
"""By code, the letters with a target of each heater, in °C (Marlin's gcode/temp and others)."""
_TUNED = {-1.0: BED, -2.0: CHAMBER}
"""By the E of M303."""


@dataclass(frozen=True, slots=True)
class Hottest:
    """The highest target that a file has for a heater, in °C, and the first command with it."""

    target: float
    line: int
    text: str


def targets(text: str) -> Iterator[tuple[str, float]]:
    """Each heater that the command `text` heats, with how far at most, in °C."""
    match = _HEATS.match(text)
    if match is None:
        return
    code, rest = match[1], text[match.end() :]
    if code.startswith("81"):
        # A macro, which holds commands.
        for command in rest.split("|"):
            yield from targets(command.strip())
        return
    words = {letter: float(number) for letter, number in _WORD.findall(rest)}
    tuned = {_TUNED.get(words.get("E", 0.0), NOZZLE): "S"}
    for heater, letters in _LETTERS.get(code, tuned).items():
        if values := [words[letter] for letter in letters if letter in words]:
            yield heater, max(values)
