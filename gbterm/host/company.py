"""Since when nobody is connected to a printer."""

from __future__ import annotations

STAY_S = 30.0
"""Who looks in for less, as a script that asks for the state does, looks after nothing."""


class Company:
    """Told now and then whether somebody is there; `now` is a monotonic clock in seconds."""

    def __init__(self, now: float) -> None:
        self._left_at = now
        self._came_at: float | None = None

    def see(self, now: float, *, somebody: bool) -> None:
        """Somebody is there now, or nobody."""
        if somebody:
            self._came_at = now if self._came_at is None else self._came_at
        elif self._came_at is not None:
            if now - self._came_at >= STAY_S:
                self._left_at = now
            self._came_at = None

    def alone_since(self) -> float | None:
        """When the last one left; None while somebody is there."""
        return self._left_at if self._came_at is None else None
