"""How much time a print takes yet: by whom, corrected by what it did so far, and how sure that is.

Whoever foretells a print says how long what is done should have taken and how long the rest takes.
How the former compares with the clock corrects the latter; the less was seen, the more the word of
before counts. The one that is believed most is told: see
docs/decisions/0040-estimate.md. All times in seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

WAIT_LOW, WAIT_HIGH = 0.4, 3.0
"""Heating takes from so much of what is allowed for it to so much."""
LEAST_SPREAD = 0.02
"""Nobody foretells a print better than that."""
SLACK_S = 5.0
"""What the board has of commands that it acknowledged already."""
WEIGHT_SHARE, WEIGHT_S = 0.1, (30.0, 600.0)
"""What is known before weighs as much as this share of the print, within these bounds."""
SEEN_SHARE = 0.25
"""Of that weight, from which on the print itself is named as a source."""
OLDEST = 20
"""So many past prints count."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Of a file: by when the board acknowledges so many `bytes`, in seconds from the start.

    `moves` are what the planner takes, `waits` the allowance for the rest, both up to there. The
    last of them is beyond the file, once all that was acknowledged is done.
    """

    bytes: tuple[int, ...] = ()
    moves: tuple[float, ...] = ()
    waits: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError where the columns are not of one length."""
        if not len(self.bytes) == len(self.moves) == len(self.waits):
            raise ValueError("a timetable has as many seconds as bytes")

    @property
    def moves_s(self) -> float:
        """What all moves take."""
        return self.moves[-1] if self.moves else 0.0

    @property
    def waits_s(self) -> float:
        """What is allowed for all waits."""
        return self.waits[-1] if self.waits else 0.0

    def at(self, byte: int) -> tuple[float, float]:
        """The seconds of moves, and of waits, up to a byte of the file."""
        after = bisect_right(self.bytes, byte)
        if after == 0:
            return 0.0, 0.0
        if after == len(self.bytes):
            return self.moves[-1], self.waits[-1]
        low, high = self.bytes[after - 1], self.bytes[after]
        share = (byte - low) / (high - low)
        begun = self.moves[after - 1]
        return begun + share * (self.moves[after] - begun), self.waits[after - 1]


@dataclass(frozen=True, slots=True)
class Pace:
    """What a second of a forecast takes on the clock, and by which share that may be wrong."""

    ratio: float = 1.0
    spread: float = 0.3
    source: str = ""
    """`history` for past prints, `progress` for the print itself; empty for nobody."""

    def seen(self, took_s: float, foretold_s: float, whole_s: float) -> Pace:
        """It after so much of a print that was foretold to take `whole_s`."""
        if foretold_s <= 0 or took_s <= 0:
            return self
        expected_s = self.ratio * foretold_s
        wrong = max(0.0, abs(took_s - expected_s) - SLACK_S) / min(took_s, expected_s)
        weight = min(max(WEIGHT_SHARE * whole_s, WEIGHT_S[0]), WEIGHT_S[1])
        # Who is wrong by more than he said counts for less.
        weight *= min(1.0, self.spread / wrong) ** 2 if wrong else 1.0
        unseen = weight / (weight + foretold_s)
        seen = took_s / foretold_s
        ratio = unseen * self.ratio + (1 - unseen) * seen
        spread = unseen * (self.spread + wrong) + (1 - unseen) * SLACK_S / took_s
        source = "progress" if foretold_s >= SEEN_SHARE * weight else self.source
        return Pace(ratio, LEAST_SPREAD + spread, source)


MOVES, MOVES_OF_ANY_BOARD = Pace(spread=0.1), Pace(spread=0.25)
"""Of the planner's model with the limits of this board, and with the usual ones."""
FILE, SLICER = Pace(spread=0.15), Pace(spread=0.3)
"""Of a slicer's M73, and of the comment in which it says how long all of it takes."""


def pace_of(past: Sequence[float], usual: Pace = MOVES) -> Pace:
    """What the paces of past prints, the newest first, say of the next one."""
    some = [pace for pace in past[:OLDEST] if 0.1 < pace < 10]
    if not some:
        return usual
    middle = median(some)
    off = median(abs(pace - middle) for pace in some) / middle
    # One print proves little of the next.
    spread = max(LEAST_SPREAD, 2 * off) + usual.spread / (1 + len(some))
    return Pace(middle, spread, "history")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a print before it begins."""

    timetable: Timetable = Timetable()
    """Empty where nobody has worked it out."""
    pace: Pace = MOVES_OF_ANY_BOARD
    """Of the timetable."""
    slicer_s: float | None = None
    """What the slicer says, in a comment, that all of it takes."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """By one source: what is left, in its own seconds, and of that what is allowed for waits."""

    source: str
    left_s: float
    pace: Pace
    waits_s: float = 0.0
    slack_s: float = SLACK_S


@dataclass(frozen=True, slots=True)
class Left:
    """It takes `seconds` yet, between `low` and `high`; `source` is a `Job.left_from`."""

    seconds: float
    low: float
    high: float
    source: str


def left(forecast: Forecast) -> Left:
    """What one source says."""
    pace, waits = forecast.pace, forecast.waits_s
    work = forecast.left_s * pace.ratio
    return Left(
        work + waits,
        max(0.0, work * (1 - pace.spread) + waits * WAIT_LOW - forecast.slack_s),
        work * (1 + pace.spread) + waits * WAIT_HIGH + forecast.slack_s,
        "+".join(filter(None, (forecast.source, pace.source))),
    )


def best(forecasts: Iterable[Forecast]) -> Left | None:
    """What the first of them says, which is believed most; None where nobody says anything."""
    surest = next(iter(forecasts), None)
    return None if surest is None else left(surest)


class Measured:
    """What of a forecast came to pass, stretch by stretch; waits and pauses don't count."""

    def __init__(self, prior: Pace) -> None:
        self.prior = prior
        self.took_s = self.foretold_s = 0.0
        """Of all of it, for the history."""
        self._since = (0.0, 0.0)
        """What both were when the speed was set."""
        self._last: tuple[float, float, float] | None = None
        self._percent = 100.0

    @property
    def ratio(self) -> float | None:
        """Over all of the print, None where too little was seen."""
        return self.took_s / self.foretold_s if self.foretold_s >= WEIGHT_S[0] else None

    def see(self, elapsed_s: float, foretold_s: float, waits_s: float, percent: float) -> None:
        """So far is the print, at `percent` of its speed."""
        if percent != self._percent:
            self._reset(percent)
        if self._last is None or waits_s != self._last[2] or foretold_s < self._last[1]:
            self._last = elapsed_s, foretold_s, waits_s
        elif foretold_s > self._last[1]:
            self.took_s += (elapsed_s - self._last[0]) * percent / 100
            self.foretold_s += foretold_s - self._last[1]
            self._last = elapsed_s, foretold_s, waits_s

    def pace(self, whole_s: float) -> Pace:
        """For what is left, at the speed that is set now."""
        took, foretold = self.took_s - self._since[0], self.foretold_s - self._since[1]
        pace = self.prior.seen(took, foretold, whole_s)
        return replace(pace, ratio=pace.ratio * 100 / self._percent)

    def _reset(self, percent: float) -> None:
        """Another speed: how far it reaches, where acceleration rules, is to be seen."""
        pace = self.prior.seen(self.took_s - self._since[0], self.foretold_s - self._since[1], 0.0)
        change = abs(1 - min(percent, self._percent) / max(percent, self._percent))
        self.prior = replace(pace, spread=pace.spread + change)
        self._since, self._percent = (self.took_s, self.foretold_s), percent
