"""How a server that can't be reached is asked again, the same for every kind of client."""

from __future__ import annotations

from gbterm.errors import AuthenticationRefused

BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses before one attempt to reconnect after another; the last one for ever."""
REFUSED_S = 60.0
"""How long a key that is refused by now is not shown again."""


def pause_s(failures: int, why: Exception | None = None) -> float:
    """How long to wait after so many attempts in a row that failed, the last one for `why`."""
    if isinstance(why, AuthenticationRefused):
        return REFUSED_S
    return BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
