"""Reading the parameters of a call: by name or position, strictly, numbers also as strings."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gbterm.errors import UsageError
from gbterm.text import scrub

REQUIRED = object()

_AS_TOLD = reprlib.Repr()
"""Cuts what is long or deep before it is written out, which may be as large as a message."""
_AS_TOLD.maxstring = _AS_TOLD.maxlong = 80


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; `read` turns its value into ours or raises ValueError with a noun phrase."""

    name: str
    read: Callable[[Any], Any]
    default: Any = None


def read_params(
    method: str, wanted: tuple[Param, ...], given: dict[str, Any] | list[Any]
) -> dict[str, Any]:
    """`given` as the parameters of `method`; null stands for the default.

    Raises `UsageError` for one that is missing, unknown or of the wrong kind.
    """
    if isinstance(given, list):
        if len(given) > len(wanted):
            raise UsageError(f"{method} takes {len(wanted)} parameters, not {len(given)}.")
        given = {param.name: value for param, value in zip(wanted, given, strict=False)}
    if unknown := given.keys() - {param.name for param in wanted}:
        names = scrub(", ".join(sorted(unknown)), 60)
        raise UsageError(f"{method} knows no parameter {names}.")
    return {param.name: _read(method, param, given.get(param.name)) for param in wanted}


def _read(method: str, param: Param, value: Any) -> Any:
    if value is None:
        if param.default is REQUIRED:
            raise UsageError(f"{method} needs the parameter {param.name}.")
        return param.default
    try:
        return param.read(value)
    except ValueError as error:
        raise UsageError(f"{param.name} must be {error}, not {_shown(value)}.") from None


def _shown(value: Any) -> str:
    return scrub(_AS_TOLD.repr(value), 40)


def number(value: Any) -> float:
    """A finite number, or a string that holds one."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        parsed = float(value)
    except (ValueError, OverflowError):
        raise ValueError("a number") from None
    if not math.isfinite(parsed):
        raise ValueError("a number")
    return parsed


def whole(value: Any) -> int:
    """A whole number, or a string that holds one."""
    try:
        parsed = number(value)
    except ValueError:
        raise ValueError("a whole number") from None
    if parsed != int(parsed):
        raise ValueError("a whole number")
    return int(parsed)


def count(value: Any) -> int:
    """A whole number from 0 that a database can hold."""
    parsed = whole(value)
    if not 0 <= parsed < 1 << 63:
        raise ValueError("a whole number from 0")
    return parsed


def counts(value: Any) -> tuple[int, ...]:
    """A list of such numbers."""
    try:
        if isinstance(value, list):
            return tuple(map(count, value))
    except ValueError:
        pass
    raise ValueError("a list of whole numbers from 0")


def boolean(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def words(value: Any) -> str:
    """A string that can be stored: one without lone surrogates."""
    try:
        text(value).encode()
    except UnicodeEncodeError:
        raise ValueError("text") from None
    return str(value)


def strings(value: Any) -> tuple[str, ...]:
    """A list of such strings."""
    try:
        if isinstance(value, list):
            return tuple(map(words, value))
    except ValueError:
        pass
    raise ValueError("a list of strings")


def named_words(value: Any) -> dict[str, str]:
    """An object whose members are all such strings."""
    try:
        if isinstance(value, dict):
            return {words(name): words(given) for name, given in value.items()}
    except ValueError:
        pass
    raise ValueError("an object of strings")


def listed(*known: str) -> Callable[[Any], tuple[str, ...]]:
    """A list of some of these words."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(word in known for word in value):
            raise ValueError(f"a list of some of {', '.join(known)}")
        return tuple(value)

    return read


def text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError("a string")
    return value
