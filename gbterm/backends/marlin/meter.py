"""Why does it stutter? How quick the stream is, and what keeps it from being quicker.

Looked at twice a second while a job streams. The verdict compares what was measured with what the
wire could carry, with what the window could do in the board's best round trip, and with what the
board says of its planner.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from gbterm.backends.marlin.stream import Stream
from gbterm.model import StreamReport

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

    `low_latency` is whether the port hands over at once what it hears.
    """

    def __init__(self, stream: Stream, baud: int, *, low_latency: bool) -> None:
        self._stream, self._baud, self._low_latency = stream, baud, low_latency
        self._last: _Sample | None = None

    def measure(self, now: float, resends: int, round_trip_s: float) -> StreamReport:
        """How it went since the call before this one; `round_trip_s` is the board's quickest."""
        stream, window = self._stream, self._stream.window
        sample = _Sample(now, stream.lines_sent, stream.bytes_sent)
        last, self._last = self._last, sample
        passed = sample.at - last.at if last else 0.0
        lines_s = (sample.lines - last.lines) / passed if last and passed else 0.0
        bytes_s = (sample.bytes - last.bytes) / passed if last and passed else 0.0
        oldest = now - stream.flight.lines[0].at if stream.flight.lines else 0.0
        return StreamReport(
            lines_s=round(lines_s, 1),
            window_lines=window.lines,
            lines_under_way=len(stream.flight.lines),
            bytes_under_way=stream.flight.size,
            planner_free=window.planner_free,
            queue_free=window.queue_free,
            resends=resends,
            oldest_s=round(oldest, 1),
            verdict=self._verdict(lines_s, bytes_s, oldest, round_trip_s) if passed else "",
        )

    def _verdict(self, lines_s: float, bytes_s: float, oldest: float, round_trip_s: float) -> str:
        window = self._stream.window
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
        if 0 < round_trip_s < inf and lines_s >= FULL * window.lines / round_trip_s:
            return self._latency(round_trip_s)
        if window.planner_free is not None:
            return "the board: it takes its time for each line"
        return "motion: the board takes lines as it moves"

    def _latency(self, round_trip_s: float) -> str:
        said = f"latency: {1000 * round_trip_s:.0f} ms from a line to its ok"
        if self._low_latency:
            return said
        return f"{said}; the port can't be set to low latency here"
