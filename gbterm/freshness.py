"""How old is what is known of a printer, and what is done where its connection is broken."""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.connection import Retry
from gbterm.model import Phase, PrinterState

FRESH_S = 10.0
"""An idle board tells its temperatures every few seconds, a plain OpenGB server every 5 s."""
OUT_OF_REACH = (Phase.DISCONNECTED, Phase.CONNECTING)
"""Phases in which all that is known is of before."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is said of the age of what is known; equal means that it looks alike."""

    is_old: bool = False
    """Whether it may not be true any more."""
    age: str = ""
    """As `12 s`; empty while it is fresh, and where nobody knows."""
    retry: str = ""
    """As `attempt 3 in 2 s`; empty where nothing is tried again."""

    @property
    def heard(self) -> str:
        """As `last heard 12 s ago`; empty while it is fresh, and where nobody knows."""
        return f"last heard {self.age} ago" if self.age else ""

    @property
    def trying(self) -> str:
        """The attempt in a sentence, empty where there is none."""
        return f"{self.retry[:1].upper()}{self.retry[1:]}." if self.retry else ""


FRESH = Freshness()


@dataclass(frozen=True, slots=True)
class Known:
    """A state with its age, as a snapshot on the wire has both."""

    state: PrinterState
    heard_s: float | None = None
    """How many seconds ago the printer was heard; None where nobody knows."""

    @property
    def fresh(self) -> Freshness:
        """What is said of it."""
        heard_at = None if self.heard_s is None else -self.heard_s
        return freshness(self.state.phase, heard_at, None, 0.0)


def freshness(
    phase: Phase, heard_at: float | None, retry: Retry | None, now: float, step_s: int = 1
) -> Freshness:
    """How it is at `now`, by the clock of `heard_at` and `retry`.

    Ages below a minute are whole multiples of `step_s`, so that they change no oftener.
    """
    is_lost = phase in OUT_OF_REACH
    age_s = None if heard_at is None else max(0.0, now - heard_at)
    is_old = is_lost or (age_s is not None and age_s > FRESH_S)
    return Freshness(
        is_old,
        age(age_s, step_s) if is_old and age_s is not None else "",
        _attempt(retry, now) if is_lost and retry is not None else "",
    )


def age(seconds: float, step_s: int = 1) -> str:
    """`12 s`, `3 min`, `2 h`, `5 days`: in full units, as much of the largest as there is."""
    if seconds < 60:
        return f"{int(seconds) // step_s * step_s} s"
    if seconds < 2 * 3600:
        return f"{int(seconds) // 60} min"
    return f"{int(seconds) // 3600} h" if seconds < 2 * 86400 else f"{int(seconds) // 86400} days"


def _attempt(retry: Retry, now: float) -> str:
    left_s = retry.at - now
    when = f"in {int(left_s) + 1} s" if left_s > 0 else "is under way"
    return f"attempt {retry.attempt} to reach it {when}"
