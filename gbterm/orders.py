"""What the words of one-shot commands mean, and the G-code that says it.

Imports nothing: the launchers' quick path reads them here too. What is wrong with words raises
ValueError with how to write them.
"""

from __future__ import annotations

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_C, MOST_C = -1000.0, 1000.0
LEAST_PERCENT, MOST_PERCENT = 1.0, 999.0
"""What Marlin's own menu offers for flow and speed."""
MOST_MM = 10_000.0
"""No printer's axis is longer; a number past it is a mistake."""
FULL = 255
"""Of a fan or a pin."""
MOST_SERVOS, MOST_DEGREES = 99, 180
LONGEST_BEEP_MS, HIGHEST_HZ = 60_000, 20_000

WHERE, MOTORS_ON, MOTORS_OFF = "M114", "M17", "M18"


def number(text: str, least: float = -1e6, most: float = 1e6) -> float:
    """A number from `least` to `most`."""
    # Not what else float() takes: 1_000, nan, other scripts' digits.
    plain = text.isascii() and not set(text) - set("0123456789+-.")
    try:
        value = float(text) if plain else None
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        raise ValueError(f"{text!r} is no number from {least:g} to {most:g}")
    return value


def whole(text: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not least <= value <= most:
        raise ValueError(f"{text!r} is no whole number {least} to {most}")
    return value


def decimal(value: float) -> str:
    """Four places at most, and never an exponent, which Marlin reads as an axis."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def fan_speed(text: str) -> int:
    """The speed of a fan, 0 to `FULL`."""
    if text.lower() in ("on", "off"):
        return FULL if text.lower() == "on" else 0
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= FULL):
        raise ValueError(f"{text!r} is no speed: write on, off or 0 to {FULL}")
    return int(text)


def axes(words: Sequence[str]) -> str:
    """What is to be homed, of `xyz`; all of it without words."""
    named = "".join(words).lower()
    if "" in words or set(named) - set("xyz") or len(set(named)) < len(named):
        raise ValueError(f"{' '.join(words)!r} names no axes: write each of x, y and z once.")
    return "".join(axis for axis in "xyz" if axis in named) or "xyz"


def distances(by: Sequence[float]) -> dict[str, float]:
    """How far which axes are moved, in mm; an axis that stays would slow down the others."""
    if len(by) not in (1, 3):
        raise ValueError("Write jog Z, or jog X Y Z, in mm: +Z is up.")
    return {axis: mm for axis, mm in zip("xyz"[-len(by) :], by, strict=True) if mm}


def message(words: Sequence[str]) -> str:
    """A text on the display."""
    # A second line would be a command of its own, and a comment would be left out.
    text = " ".join(" ".join(words).split())
    if ";" in text:
        raise ValueError("A message can't hold a ;, where the printer would cut it: leave it out.")
    return f"M117 {text}".rstrip()


def beep(ms: int, hz: int) -> str:
    """A beep, for so long and so high."""
    return f"M300 P{ms} S{hz}"


def servo(index: int, degrees: float) -> str:
    """A servo's angle."""
    return f"M280 P{index} S{decimal(degrees)}"


def pin(index: int, level: int) -> str:
    """A pin of the board, 0 to `FULL`."""
    return f"M42 P{index} S{level}"


def fan(index: int, percent: float) -> str:
    """A fan's speed, as every Marlin knows it."""
    which = f" P{index}" if index else ""
    return f"M106{which} S{round(percent * 2.55)}" if percent else f"M107{which}"
