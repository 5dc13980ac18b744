"""Numbers that a person typed."""

from __future__ import annotations

import re

from gbterm.errors import OutOfRange, UsageError

_NUMBER = re.compile(r"[-+]?(?:\d{1,7}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_PLACE = re.compile(rf"([xyz])\s*({_NUMBER.pattern})", re.ASCII)


def number(text: str, what: str, least: float, most: float, unit: str) -> float:
    """`text` as a number of `unit` for `what`, which begins a sentence.

    Raises `UsageError` where it is none, `OutOfRange` where it may not be.
    """
    if not _NUMBER.fullmatch(typed := text.strip().replace(",", ".")):
        raise UsageError(f"{what} must be a number of {unit}, not {text!r}.")
    if not least <= (value := float(typed)) <= most:
        raise OutOfRange(f"{what} may be {least:g} to {most:g} {unit}, not {value:g}.")
    return value


def place(text: str, most_mm: float) -> dict[str, float]:
    """A place in mm by axis: `10 20 5` for X, Y and Z, or each with its letter, as `z5`.

    Raises `UsageError` for anything else, `OutOfRange` for what no printer reaches.
    """
    words = text.lower().split()
    if 0 < len(words) <= 3 and all(map(_NUMBER.fullmatch, words)):
        told = dict(zip("xyz", words, strict=False))
    else:
        found = _PLACE.findall(text.lower())
        told = dict(found)
        if not found or len(told) < len(found) or _PLACE.sub("", text.lower()).strip():
            raise UsageError(f"{text!r} is no place: type three numbers, or as x10 y20 z5.")
    return {
        axis: number(value, axis.upper(), 0 if axis == "z" else -most_mm, most_mm, "mm")
        for axis, value in told.items()
    }


def fan_percent(text: str) -> tuple[int, float]:
    """A fan by number and its speed in percent: `50` of fan 0, or `1 50`.

    Raises `UsageError` for anything else, `OutOfRange` for what no fan does.
    """
    *fans, percent = text.replace("%", " ").split() or [""]
    fan = fans[0] if fans else "0"
    if len(fans) > 1 or not (fan.isascii() and fan.isdecimal() and len(fan) < 3):
        raise UsageError(f"{text!r} is no speed: type percent, or a fan's number and percent.")
    return int(fan), number(percent, "The fan", 0, 100, "%")
