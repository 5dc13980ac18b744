"""How long a board may be silent: what was heard when, and until when that is enough."""

from __future__ import annotations

from gbterm.backends.marlin.outgoing import Sent

PATIENCE_S = 0.7
"""So long an ok may take before the board is asked; a lost ok must not cost more than a second."""
MOST_PATIENCE_S = 2.5
BUSY_S = 2.5
"""A busy board says so every 2 s (HOST_KEEPALIVE_INTERVAL)."""
FILAMENT_SILENT_S = 6.5
"""M600 and M702 ram the filament and wait 5 s for it to cool, without saying that they are busy."""
HEATING_S = 1.6
"""M109 and M190 report every second."""
QUIET_AT_MOST_S = 0.5
SILENT_AT_MOST_S, LONG_SILENT_AT_MOST_S = 60.0, 900.0
BACK_AFTER_S = 5.0
"""A board that tells its temperatures every second has been away when it was silent for so long."""


class Patience:
    """The times of the last signs of life; any clock in seconds, times before it began are -inf."""

    def __init__(self) -> None:
        self.last_byte = self.alive_until = float("-inf")
        self.back_at = float("-inf")
        """When the board was last heard again after a silence."""
        self._last_ok = float("-inf")
        self.quickest_s = float("inf")
        """The shortest time from a line to its ok."""
        self._patience_s = PATIENCE_S
        self._round_trip_s = QUIET_AT_MOST_S / 3

    def heard(self, now: float) -> None:
        """Bytes came."""
        if now - self.last_byte >= BACK_AFTER_S:
            self.back_at = now
        self.last_byte = now

    def busy(self, now: float) -> None:
        """The board said that it is busy."""
        self.alive_until = now + BUSY_S

    def heating(self, now: float) -> None:
        """The board reported while it waits for a heater."""
        self.alive_until = max(self.alive_until, now + HEATING_S)

    def answered(self, sent: Sent, now: float) -> None:
        """The ok of `sent` came."""
        self._last_ok = now
        trip = min(now - sent.at, QUIET_AT_MOST_S)
        self.quickest_s = min(self.quickest_s, trip)
        self._round_trip_s += (trip - self._round_trip_s) / 8

    def agreed(self, now: float, *, was_only_slow: bool) -> None:
        """Trouble is over; where the board was only slow, wait longer from now on."""
        self._last_ok = now
        if was_only_slow:
            self._patience_s = min(self._patience_s * 1.5, MOST_PATIENCE_S)

    def ok_due(self, oldest: Sent, *, ring_is_full: bool) -> float:
        """When the ok of the oldest line under way should have come.

        A command that is known to take its time need not be asked after while it may be silent, and
        a board whose ring has no room for a question is given the time to say that it is busy.
        """
        silent = BUSY_S if ring_is_full else 0.0
        if oldest.line.is_long:
            silent = FILAMENT_SILENT_S if oldest.line.moves_filament else BUSY_S
        waited_from = max(oldest.at, self._last_ok)
        return max(
            waited_from + max(self._patience_s, silent),
            self.alive_until + max(0.0, silent - BUSY_S),
        )

    def quiet_at(self) -> float:
        """When the line counts as quiet if no other byte comes."""
        return self.last_byte + min(3 * self._round_trip_s, QUIET_AT_MOST_S)

    def silent_until(self, since: float, *, long: bool) -> float:
        """When a board that was last sure at `since` counts as gone; `long` as it may be busy.

        While it tells its temperatures it is only slow, though not for ever.
        """
        sure = max(since, self.alive_until)
        latest = sure + LONG_SILENT_AT_MOST_S
        return latest if long else min(max(sure, self.last_byte) + SILENT_AT_MOST_S, latest)
