"""Values as somebody else's server gave them, whatever they are."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any) -> float | None:
    """A number, or a string that holds one; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object; an empty one for all else."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[dict[str, Any]]:
    """The JSON objects in a list; none for all else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
