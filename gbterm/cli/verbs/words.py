"""What follows a command: numbers that make sense, in a sentence where they don't."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def number(least: float = -1e6, most: float = 1e6) -> Callable[[str], float]:
    """An argument's type: a number from `least` to `most`."""

    def read(text: str) -> float:
        # Not what else float() takes: 1_000, nan, other scripts' digits.
        plain = text.isascii() and not set(text) - set("0123456789+-.")
        try:
            value = float(text) if plain else math.nan
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            between = f"from {least:g} to {most:g}"
            raise argparse.ArgumentTypeError(f"{text!r} is no number {between}")
        return value

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """An argument's type: a whole number from `least` to `most`."""

    def read(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number {least} to {most}")
        return value

    return read
