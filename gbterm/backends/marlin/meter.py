"""Why does it stutter? How quick the stream is, and what keeps it from being quicker.

Looked at twice a second while the port is open. The verdict compares what was measured with what
the wire could carry, with what the window could do in the board's best round trip, and with what
the board says of its planner.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from gbterm.backends.marlin.protocol import Protocol
from gbterm.model import StreamReport, StreamStatistics

BITS_A_BYTE = 10
"""A start and a stop bit around the eight (8N1)."""
FULL = 0.85
"""From this share of a bound on, the bound is what limits."""
PLANNER_BUSY = 2
"""Free planner blocks at most, where the printer has all the moves that it can take."""
OLD_S = 1.0


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    lines: int
    bytes: int


class Meter:
    """Measures one stream from the outside. Times are in seconds, any clock.

    `low_latency` is whether the port hands over at once what it hears; `since` is the Unix time at
    which it was opened.
    """

    def __init__(
        self, stream: Protocol, baud: int, *, low_latency: bool, since: float | None = None
    ) -> None:
        self._stream, self._baud, self._low_latency = stream, baud, low_latency
        self._since = since
        self.rest()
        self._streamed_s = self._dry_s = 0.0

    def rest(self) -> None:
        """Nobody measures any more for now."""
        self._last: _Sample | None = None
        self._lines_s, self._verdict = 0.0, ""

    def measure(self, now: float) -> None:
        """Look at how it went since the call before this one."""
        stream = self._stream
        sample = _Sample(now, stream.tally.lines_sent, stream.tally.bytes_sent)
        last, self._last = self._last, sample
        if last is None or sample.at <= last.at:
            return
        passed = sample.at - last.at
        self._lines_s = (sample.lines - last.lines) / passed
        self._verdict = self._judged((sample.bytes - last.bytes) / passed, self._oldest(now))
        if stream.streaming and self._oldest(now) < OLD_S:
            self._streamed_s += passed
            self._dry_s += passed if self._is_dry else 0.0

    def report(self, now: float) -> StreamReport:
        """How it goes."""
        stream, window = self._stream, self._stream.window
        return StreamReport(
            lines_s=round(self._lines_s, 1),
            window_lines=window.lines,
            lines_under_way=len(stream.flight.lines),
            bytes_under_way=stream.flight.size,
            planner_free=window.planner_free,
            queue_free=window.queue_free,
            resends=stream.tally.resends,
            oldest_s=round(self._oldest(now), 1),
            verdict=self._verdict,
        )

    def statistics(self, now: float) -> StreamStatistics:
        """What it came to."""
        tally, window = self._stream.tally, self._stream.window
        return StreamStatistics(
            since=self._since,
            baud=self._baud,
            lines_sent=tally.lines_sent,
            bytes_sent=tally.bytes_sent,
            oks=tally.oks,
            errors=dict(tally.errors),
            window_lines_most=window.most,
            window_why=window.why_most,
            window_bytes=window.ring_bytes,
            queue_slots=window.queue_size or None,
            planner_slots=window.planner_size or None,
            streamed_s=round(self._streamed_s, 1),
            planner_dry_s=round(self._dry_s, 1) if window.planner_size else None,
            stream=self.report(now),
        )

    def _oldest(self, now: float) -> float:
        lines = self._stream.flight.lines
        return now - lines[0].at if lines else 0.0

    @property
    def _is_dry(self) -> bool:
        """Whether nothing was planned but the move of the last ok, which still takes its slot."""
        window = self._stream.window
        return window.planner_free is not None and window.planner_free + 1 >= window.planner_size

    def _judged(self, bytes_s: float, oldest: float) -> str:
        window = self._stream.window
        round_trip_s = self._stream.recovery.patience.quickest_s
        if not self._stream.streaming:
            return ""
        if oldest >= OLD_S:
            return "the board: it is busy with one line"
        if window.planner_free is not None and window.planner_free <= PLANNER_BUSY:
            return "motion: the planner is full, nothing waits for the host"
        if self._baud and bytes_s * BITS_A_BYTE >= FULL * self._baud:
            return f"the wire: {self._baud} baud carry no more, set the board to a higher rate"
        if not self._stream.job:
            return "the host: the file is not read quickly enough"
        if 0 < round_trip_s < inf and self._lines_s >= FULL * window.lines / round_trip_s:
            return self._latency(round_trip_s)
        if window.planner_free is not None:
            return "the board: it takes its time for each line"
        return "motion: the board takes lines as it moves"

    def _latency(self, round_trip_s: float) -> str:
        said = f"latency: {1000 * round_trip_s:.0f} ms from a line to its ok"
        if self._low_latency:
            return said
        return f"{said}; the port can't be set to low latency here"
