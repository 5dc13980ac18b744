"""Somebody who is away for longer than it takes to come back."""

from __future__ import annotations

from gbterm.errors import LinkError

BACK_WITHIN_S = 15.0
"""A process of a host that died is started again within 2 s, and then reads its journal."""


class Absence:
    """Counted from when it began; `now` is in seconds, by any clock that never goes back."""

    def __init__(self) -> None:
        self._was_there = False
        self._since: float | None = None

    def ends(self) -> None:
        """Whoever it is is there."""
        self._was_there, self._since = True, None

    def lasts(self, error: LinkError, now: float) -> None:
        """Raise `error` once that was too long, and at once for who was never there."""
        if not self._was_there:
            raise error
        if self._since is None:
            self._since = now
        elif now > self._since + BACK_WITHIN_S:
            raise error
