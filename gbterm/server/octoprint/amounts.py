"""Numbers of requests, as OctoPrint reads them. All raise `UsageError` for what is none."""

from __future__ import annotations

import math
from typing import Any

from gbterm.errors import UsageError

FEED = 60.0
"""OctoPrint's speeds are mm/min, ours mm/s."""


def number(asked: dict[str, Any], name: str) -> float:
    """The number of that name."""
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
