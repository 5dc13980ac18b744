"""What follows a command: numbers that make sense, in a sentence where they don't."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from gbterm import orders
from gbterm.errors import UsageError

T = TypeVar("T")
W = TypeVar("W")


def number(least: float = -1e6, most: float = 1e6) -> Callable[[str], float]:
    """An argument's type: a number from `least` to `most`."""
    return argument(lambda text: orders.number(text, least, most))


def whole(least: int, most: int) -> Callable[[str], int]:
    """An argument's type: a whole number from `least` to `most`."""
    return argument(lambda text: orders.whole(text, least, most))


def meant(text: str) -> str:
    """An argument's type: a name or a path. A script's variable that nobody set is neither."""
    if not text:
        raise argparse.ArgumentTypeError("an empty word names nothing, so write what is meant")
    return text


def argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """An argument's type: what `read` makes of a word, its ValueError said as it is."""

    def typed(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return typed


def understood(read: Callable[[W], T], words: W) -> T:
    """What `read` makes of all words. Raises `UsageError`."""
    try:
        return read(words)
    except ValueError as error:
        raise UsageError(str(error)) from error
