"""How long a board may be silent: what was heard when, until when that is enough, and when it is
asked."""

from __future__ import annotations

from gbterm.backends.marlin.outgoing import Sent
from gbterm.backends.marlin.trouble import Trouble

PATIENCE_S = 0.7
"""So long an ok may take before the board is asked; a lost ok must not cost more than a second."""
MOST_PATIENCE_S = 2.5
BUSY_S = 2.5
"""A busy board says so every 2 s (HOST_KEEPALIVE_INTERVAL)."""
FILAMENT_SILENT_S = 6.5
"""M600 and M702 ram the filament and wait 5 s for it to cool, without saying that they are busy."""
HEATING_S = 1.6
"""M109 and M190 report every second."""
TUNING_S = 5.0
"""M303 reports every 2 s, and nothing else; one report may come behind the words of a swing."""
QUIET_AT_MOST_S = 0.5
QUIET_AWAITED_AT_MOST_S = 2.0
"""Reports that never pause must not keep the stream stopped; the probe is safe without quiet."""
ASK_AGAIN_S = (BUSY_S, 5.0, 15.0)
"""A board that is only slow has said by the first of these that it is busy."""
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

    def tuning(self, now: float) -> None:
        """The board said something in the middle of M303."""
        self.alive_until = max(self.alive_until, now + TUNING_S)

    def begin_again(self, now: float) -> None:
        """The cable is in again: what was heard before it was pulled is no sign of life."""
        self.last_byte, self.alive_until = now, float("-inf")

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

    # In trouble.

    def quiet_at(self, trouble: Trouble) -> float:
        """When the line counts as quiet if no other byte comes."""
        quiet = self.last_byte + min(3 * self._round_trip_s, QUIET_AT_MOST_S)
        return min(quiet, trouble.quiet_since + QUIET_AWAITED_AT_MOST_S)

    def ask_again_at(self, trouble: Trouble, *, is_long: bool) -> float:
        """When the board is asked once more, or counts as gone; `is_long` where it may be busy."""
        asked_at = trouble.probe.at if trouble.probe else self.last_byte
        if trouble.times_asked > len(ASK_AGAIN_S) and not trouble.seen:
            if self.back_at > asked_at:
                # What it was asked may have been lost, or the answer.
                return self.back_at + ASK_AGAIN_S[0]
            # More would not fit into the ring of a board that reads nothing.
            return self.silent_until(trouble, is_long=is_long)
        times = min(max(1, trouble.times_asked), len(ASK_AGAIN_S))
        again = max(asked_at + ASK_AGAIN_S[times - 1], self.alive_until)
        return min(again, self.silent_until(trouble, is_long=is_long))

    def silent_until(self, trouble: Trouble, *, is_long: bool) -> float:
        """When the board counts as gone; `is_long` where it may be busy.

        While it tells its temperatures it is only slow, though not for ever.
        """
        sure = max(trouble.since, self.alive_until)
        latest = sure + LONG_SILENT_AT_MOST_S
        return latest if is_long else min(max(sure, self.last_byte) + SILENT_AT_MOST_S, latest)
