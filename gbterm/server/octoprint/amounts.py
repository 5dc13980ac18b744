"""Numbers and yes or no of requests, as OctoPrint reads them."""

from __future__ import annotations

import math
from typing import Any

from gbterm.errors import UsageError

YES = ("true", "yes", "y", "1")
FEED = 60.0
"""OctoPrint's speeds are mm/min, ours mm/s."""


def says_yes(value: object) -> bool:
    """Whether a value is one of those by which clients say yes (`valid_boolean_trues`)."""
    return str(value).strip().lower() in YES


def number(asked: dict[str, Any], name: str) -> float:
    """The number of that name. Raises `UsageError` for what is none, as all that read one do."""
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{name} must be a number.")
    return float(value)


def speed(asked: dict[str, Any]) -> dict[str, float]:
    """The rate of a move, where one is asked for."""
    if asked.get("speed") in (None, False, True):
        return {}
    return {"rate": number(asked, "speed") / FEED}


def percent_of(asked: dict[str, Any]) -> float:
    """A `factor`: whole numbers are percent, others a part of one, as OctoPrint reads them."""
    factor = number(asked, "factor")
    return factor * 100 if isinstance(asked["factor"], float) else factor
