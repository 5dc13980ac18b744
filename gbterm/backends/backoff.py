"""How a server that can't be reached is asked again, the same for every kind of client."""

from __future__ import annotations

BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses before one attempt to reconnect after another; the last one for ever."""


def pause_s(failures: int) -> float:
    """How long to wait after so many attempts in a row that failed."""
    return BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
