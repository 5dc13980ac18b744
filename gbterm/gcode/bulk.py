"""Many plain moves at once: where they lead is found by a few passes over all of their bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gbterm.gcode.course import AXES
from gbterm.gcode.look import Look

COUNT_ANEW = b"G92 "
_numbers = tuple(re.compile(axis + rb"(-?[\d.]+)").findall for axis in AXES)
_E = re.compile(rb"E(-?(?:\d+\.?\d*|\.\d+))(?![\d.])")


def followed(look: Look, lines: Sequence[bytes], first: int) -> bool:
    """Whether `lines` could be judged together, and `look` stands behind them now.

    Each is a G0 or G1, a `G92 E`, or blank; the first is line `first`.
    """
    course, space = look.course, look.space
    if not (course.is_plain and look.minds_places_alone):
        return False
    moves = b"\n".join(lines)
    last_e = _E.match(moves, moves.rfind(b"E")) if b"E" in moves else None
    told = [_values(moves, index) for index in range(len(AXES))]
    if None in told or (last_e is None and b"E" in moves):
        return False
    at, reach = list(course.at), list[tuple[float, float] | None]()
    outside = []
    for index, values in enumerate(told):
        shift, before = course.shift[index], at[index]
        if not values or shift is None:
            reach.append(None if before is None else (before, before))
            continue
        low, high = space.bounds[index]
        least, most = min(values) + shift, max(values) + shift
        reach.append((least, most))
        if least < low or most > high:
            outside.append(index)
        at[index] = values[-1] + shift
    if space.is_round and not space.holds(*reach[:2]):
        return False
    for index in outside:
        _tell(look, lines, first, index, told[index] or ())
    if last_e is not None:
        begins_anew = moves.endswith(COUNT_ANEW, 0, last_e.start())
        course.e = float(last_e[1]) if begins_anew or course.relative_e is False else None
    course.at = at
    return True


def _tell(
    look: Look, lines: Sequence[bytes], first: int, index: int, values: Sequence[float]
) -> None:
    """Note those that lead too far along an axis, of which `values` are all."""
    letter, shift = AXES[index], look.course.shift[index] or 0.0
    low, high = look.space.bounds[index]
    naming = (number for number, line in enumerate(lines) if letter in line)
    for number, value in zip(naming, values, strict=True):
        if not low <= value + shift <= high:
            look.outside(first + number, lines[number].strip(), index, value + shift)


def _values(moves: bytes, index: int) -> list[float] | None:
    """The numbers of an axis; None where it has one that isn't read so simply."""
    if AXES[index] not in moves:
        return []
    found = _numbers[index](moves)
    if len(found) != moves.count(AXES[index]):
        return None
    try:
        return list(map(float, found))
    except ValueError:
        return None
