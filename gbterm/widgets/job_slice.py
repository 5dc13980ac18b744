"""The job cut out of the state: what is shown of it, rounded and scrubbed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.text import scrub
from gbterm.widgets.words import are_heaters_off, band, by_whom, done_at, duration, size

MINUTES_FROM_S = 3600
"""From so much time left on it is told in whole minutes: nobody waits for its seconds."""
PAUSES_NAMED = 2
NAME_MAX = 60
"""Characters of a file's path, beside what else is told in its line."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The job, in whole percent and whole seconds."""

    name: str
    percent: int
    line: int
    lines: int
    byte: int
    bytes: int
    elapsed_s: int
    left_s: int | None
    outcome: str
    layer: str = ""
    """Which one of how many; empty where layers are unknown."""
    pauses: str = ""
    """The layers before which it pauses; empty for none."""
    left_from: str = ""
    """By whose word so much is left."""
    left_band: str = ""
    """Between which times that most likely is; empty where nobody tells."""
    done_at: str = ""
    """When that makes it done, by the clock; empty while it stands still."""
    reason: str = ""
    """Why it failed."""
    heaters_off: bool = False
    """Whether they are known to be."""
    is_written: bool = False
    """Whether it is a file on its way to the printer's card."""
    is_old: bool = False
    """Whether it may be farther by now, or over."""


def progress(state: PrinterState, *, is_old: bool = False) -> Progress | None:
    """The job under way, or the last one; what is left of it is not known where that `is_old`."""
    job = state.job
    if job is None:
        return None
    return Progress(
        name=scrub(job.name),
        percent=int(job.fraction * 100),
        line=job.line,
        lines=job.lines,
        byte=job.byte,
        bytes=job.bytes,
        elapsed_s=int(job.elapsed_s),
        left_s=None if job.left_s is None or is_old else _rounded(job.left_s),
        outcome=scrub(job.outcome),
        layer="" if job.layer is None or not job.layers else f"{job.layer} of {job.layers}",
        pauses=_pauses(job.pause_layers),
        left_from="" if is_old else by_whom(job.left_from),
        left_band="" if is_old else band(job.left_low_s, job.left_high_s),
        done_at=_done_at(state, job) if not is_old else "",
        reason=scrub(job.reason),
        heaters_off=bool(job.outcome) and are_heaters_off(state, is_old=is_old),
        is_written=job.is_written,
        is_old=is_old and not job.outcome,
    )


def selected(state: PrinterState) -> str:
    """What would be printed by a start, in a line; empty where nothing would."""
    file = state.selected
    if file is None or state.phase is not Phase.READY:
        return ""
    told = [scrub(file.path, NAME_MAX)]
    told += [size(file.size)] if file.size > 0 else []
    told += [f"prints for {duration(file.time_s)}"] if file.time_s else []
    return ", ".join(told)


def layers_of(job: Job | None) -> tuple[int, int] | None:
    """The layer that a print is in and how many there are; None where that is not known."""
    if job is None or job.layer is None or not job.layers:
        return None
    return job.layer, job.layers


def _done_at(state: PrinterState, job: Job) -> str:
    if job.left_s is None or job.outcome or state.phase is not Phase.EXECUTING:
        return ""
    return done_at(job.left_s, time.time())


def _rounded(left_s: float) -> int:
    return int(left_s // 60 * 60 if left_s >= MINUTES_FROM_S else left_s)


def _pauses(layers: Sequence[int]) -> str:
    named = ", ".join(map(str, layers[:PAUSES_NAMED]))
    more = len(layers) - PAUSES_NAMED
    return f"{named} and {more} more" if more > 0 else named
