"""What somebody may want to hear of, found in the states of a printer: each once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gbterm.freshness import OUT_OF_REACH
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.text import scrub

AWAY_S = 10.0
"""A printer that is back sooner was not gone: a board that is reset, or another printer process."""
STOPPED_S = 5.0
"""An emergency stop takes as long until it is known whether the board confirmed it."""
LONGEST = 500
"""Characters of a fact."""
_STANDS_STILL = (Phase.PAUSED, Phase.FILAMENT_SWAP)
_ENDS = {"finished": "done", "failed": "failed", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something happened; `event` is one of `config.HOOK_EVENTS`. All texts are fit to be shown."""

    event: str
    reason: str = ""
    """Why, or the question that is asked."""
    job: str = ""
    job_id: str = ""
    progress: float | None = None
    """Percent of the job."""
    elapsed_s: float | None = None
    """Of the job."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of, so that a server that begins anew doesn't tell of it once more."""

    ended: str = ""
    """The id of the last print that ended."""
    paused: str = ""
    """The last pause: the id of its print, and which of its pauses it was."""
    prompt: str = ""
    """The question that is open."""
    is_away: bool = False
    is_stopped: bool = False
    """The printer stands in ERROR, or a print failed, which leads there."""


class Occasions:
    """Finds them. Without anything `told`, what is so at the beginning is news to nobody."""

    def __init__(self, told: Told | None) -> None:
        self.told = told
        self._away_since: float | None = None
        self._stopped_since: float | None = None
        self._why = ""

    def see(self, state: PrinterState, now: float) -> list[Occasion]:
        """What is new in `state`; `now` is by any clock that never goes back, in seconds."""
        is_reached = state.phase not in OUT_OF_REACH
        if self.told is None:
            if is_reached:
                self.told = replace(_as_told(state, Told()), is_stopped=state.phase is Phase.ERROR)
            return []
        found = self._came_back(state) if is_reached else self._went(state, now)
        before, self.told = self.told, _as_told(state, self.told)
        job = state.print_job
        if self.told.ended != before.ended and job is not None and job.outcome in _ENDS:
            found.append(_occasion(_ENDS[job.outcome], job.reason, state))
        if self.told.paused != before.paused:
            found.append(_occasion("paused", state.reason or state.waiting_for, state))
        if self.told.prompt not in ("", before.prompt) and state.prompt is not None:
            found.append(_occasion("prompt", state.prompt.text, state))
        return found + self._stopped(state, now)

    def _came_back(self, state: PrinterState) -> list[Occasion]:
        self._away_since = None
        if self.told is None or not self.told.is_away:
            return []
        self.told = replace(self.told, is_away=False)
        return [_occasion("reconnected", "", state)]

    def _stopped(self, state: PrinterState, now: float) -> list[Occasion]:
        """A fault that no print failed by."""
        if state.phase is not Phase.ERROR:
            self._stopped_since = None
            return []
        self._stopped_since = now if self._stopped_since is None else self._stopped_since
        if self.told is None or self.told.is_stopped or now - self._stopped_since < STOPPED_S:
            return []
        self.told = replace(self.told, is_stopped=True)
        return [_occasion("error", state.reason or state.last_error, state)]

    def _went(self, state: PrinterState, now: float) -> list[Occasion]:
        if state.phase is Phase.DISCONNECTED:
            self._why = state.reason
            self._away_since = now if self._away_since is None else self._away_since
        since = self._away_since
        if self.told is None or self.told.is_away or since is None or now - since < AWAY_S:
            return []
        self.told = replace(self.told, is_away=True)
        return [_occasion("disconnected", self._why, state)]


def _as_told(state: PrinterState, told: Told) -> Told:
    """What will have been told of `state`."""
    job, is_stopped = state.print_job, _is_stopped(state, told)
    if job is not None and _which(job) and job.outcome:
        told = replace(told, ended=_which(job))
    if state.phase in _STANDS_STILL and job is not None:
        told = replace(told, paused=f"{_which(job)} {job.pauses}")
    if state.phase not in OUT_OF_REACH:
        told = replace(told, prompt=state.prompt.text if state.prompt else "")
    return replace(told, is_stopped=is_stopped)


def _which(job: Job) -> str:
    """Tells prints apart; one from the printer's own card has no id."""
    return f"card {job.started_at}" if job.on_card else job.id


def _is_stopped(state: PrinterState, told: Told) -> bool:
    """Whether nothing is to be told of ERROR any more: a print that failed leads there."""
    job = state.print_job
    has_failed = job is not None and job.outcome == "failed"
    if has_failed and job is not None and _which(job) != told.ended:
        return True
    if state.phase is Phase.ERROR or state.phase in OUT_OF_REACH:
        return told.is_stopped
    return told.is_stopped and has_failed and state.phase.is_printing


def _occasion(event: str, reason: str, state: PrinterState) -> Occasion:
    job = state.print_job
    if job is None or (job.outcome and event not in _ENDS.values()):
        return Occasion(event, scrub(reason, LONGEST))
    return Occasion(
        event,
        scrub(reason, LONGEST),
        scrub(job.name, LONGEST),
        scrub(job.id, LONGEST),
        round(job.fraction * 100, 1),
        round(job.elapsed_s, 1),
    )
