"""Whether the board behind an OctoPrint still talks: the server prints on for 180 s without it.

OctoPrint asks for temperatures every 5 s, and a busy Marlin says so every 2 s.
"""

from __future__ import annotations

from gbterm.backends.base import Clock

MUTE_S = 20.0
"""A board that talks is not silent for so long."""


class Hearing:
    """When something of the board was heard, by `clock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.heard_at: float | None = None
        """None before the first time."""
        self._since = clock()

    def begin(self, age_s: float | None = None) -> None:
        """From now on something has to be heard; the last was `age_s` ago, where that is known."""
        self._since = self._clock()
        if age_s is not None:
            self.heard_at = self._since = self._since - max(0.0, age_s)

    def heard(self) -> None:
        """The board said something."""
        self.heard_at = self._since = self._clock()

    @property
    def is_mute(self) -> bool:
        """Whether nothing was heard for too long."""
        return self._clock() >= self._since + MUTE_S
