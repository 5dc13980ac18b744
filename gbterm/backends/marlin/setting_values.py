"""Whether a setting may be given a value, and whether that is odd enough to be asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gbterm.errors import OutOfRange, UsageError
from gbterm.firmware_settings import Entry, Listing, Setting
from gbterm.orders import decimal
from gbterm.text import scrub

_NUMBER = re.compile(r"-?\d{1,7}(?:\.\d{1,6})?", re.ASCII)
"""As Marlin reads it: a point, and no exponent, whose E it would take for an axis."""
ODD_FACTOR = 3.0
"""A change by more is rather a slip of a digit than what somebody means."""
PLACES, FAR_MM = ("G29", "M206", "M218", "M421", "M665", "M666", "M851"), 0.5
"""Where the nozzle meets the bed is reckoned from these; further off it may be driven into it."""
LISTED = 8

_ABOVE_0, _FROM_0, _SWITCH = (0.000001, 1e6), (0.0, 1e6), (0.0, 1.0)
_RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("M92", "M201", "M203", "M204", "M906"), _ABOVE_0),
    **dict.fromkeys(("M205", "M301", "M304", "M306", "M603", "M900"), _FROM_0),
    **dict.fromkeys(("M413 S", "M420 S"), _SWITCH),
    "M200 D": (0.0, 10.0),
    "M200 S": _SWITCH,
    "M205 J": (0.0, 0.5),
    **{f"M145 {letter}": bounds for letter, bounds in (("H", (0, 500)), ("B", (0, 200)))},
    "M145 F": (0.0, 255.0),
}
"""What can make sense on any printer, by the code and its letter, or by the code alone."""


@dataclass(slots=True)
class Change:
    """The new values of one command's letters."""

    entry: Entry
    values: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What is sent."""
        return self.entry.command(self.values)

    @property
    def names(self) -> list[str]:
        """The settings that it changes."""
        return [f"{self.entry.key} {letter}" for letter in self.values]


def read_wanted(wanted: Mapping[str, str]) -> dict[str, str]:
    """`wanted` by the names as they are listed. Raises `UsageError` for what is no number."""
    for name, value in wanted.items():
        if not _NUMBER.fullmatch(value):
            raise UsageError(
                f"{scrub(name, 40)} must be a number with a point, as 93.1, not"
                f" {scrub(value, 40)!r}."
            )
    return {" ".join(name.upper().split()): value for name, value in wanted.items()}


def planned(listing: Listing, names: Mapping[str, str]) -> list[Change]:
    """The commands for values by name, in the board's order.

    Raises `UsageError` for what is no setting, `OutOfRange`.
    """
    known = {setting.key: setting for setting in listing.settings}
    for name, value in names.items():
        if name not in known:
            raise UsageError(
                f"The board lists no setting {scrub(name, 40)!r}: they are named as M92 E."
            )
        _check(known[name], value)
    plan: dict[str, Change] = {}
    for name, setting in known.items():
        if name in names and names[name] != setting.value:
            key = f"{setting.code} {setting.index}".rstrip()
            entry = listing.entry(key)
            assert entry is not None
            plan.setdefault(key, Change(entry)).values[setting.letter] = names[name]
    return list(plan.values())


def _check(setting: Setting, value: str) -> None:
    name = setting.key
    if "." not in setting.value and "." in value:
        raise UsageError(f"{name} is a whole number, as {setting.value}, not {value}.")
    by_letter = _RANGES.get(f"{setting.code} {setting.letter}")
    least, most = by_letter or _RANGES.get(setting.code, (-1e6, 1e6))
    if not least <= float(value) <= most:
        lowest = "above 0" if least == _ABOVE_0[0] else f"from {least:g}"
        raise OutOfRange(f"{name} must be {lowest} to {decimal(most)}, not {value}.")


def odd(listing: Listing, plan: list[Change]) -> list[str]:
    """What of `plan` looks like a slip, as `M92 E from 93.00 to 930`."""
    now = {setting.key: setting.value for setting in listing.settings}
    return [
        f"{change.entry.key} {letter} from {now[f'{change.entry.key} {letter}']} to {value}"
        for change in plan
        for letter, value in change.values.items()
        if _is_odd(change.entry.code, float(now[f"{change.entry.key} {letter}"]), float(value))
    ]


def _is_odd(code: str, now: float, then: float) -> bool:
    if code in PLACES and abs(then - now) > FAR_MM:
        return True
    if not now or not then:
        return False
    ratio = then / now
    return not 1 / ODD_FACTOR <= ratio <= ODD_FACTOR


def refused(listing: Listing, change: Change) -> str:
    """What of `change` the board didn't take, as `M92 E is 93.00`; empty where it did."""
    now = {setting.key: setting.value for setting in listing.settings}
    wrong = [
        f"{name} is {now.get(name, 'not listed any more')}"
        for name, value in zip(change.names, change.values.values(), strict=True)
        if name not in now or not _shows(now[name], value)
    ]
    return ", ".join(wrong)


def _shows(listed: str, value: str) -> bool:
    """Whether `listed` is `value`, rounded to as many places as the board writes."""
    places = len(listed.partition(".")[2])
    # Marlin reckons with 32 bits, some 7 digits.
    rounded, precise = 0.5001 * 0.1**places, 1e-6 * abs(float(value))
    return abs(float(listed) - float(value)) <= rounded + precise


def in_words(names: list[str]) -> str:
    """`M92 E, M92 X`, and how many more there are."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
