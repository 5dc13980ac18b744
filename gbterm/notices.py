"""What somebody has to hear of, once: when a print ends or stands still, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.text import scrub

_GONE = (Phase.DISCONNECTED, Phase.CONNECTING)
_LIVES = tuple(phase for phase in Phase if phase not in (*_GONE, Phase.ERROR))


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence; `calls` says that it wants a person at the printer."""

    text: str
    severity: str = "information"
    calls: bool = False


def notices(old: PrinterState, new: PrinterState) -> Iterator[Notice]:
    """What came between two states, which follow one another; a question says itself."""
    before, job = old.print_job, new.print_job
    if before is not None and job is not None and not before.outcome:
        yield from _of_end(job)
    if old.phase is new.phase:
        return
    why = scrub(new.reason)
    if new.phase is Phase.ERROR:
        yield Notice(why or scrub(new.last_error) or "The printer stopped.", "error", calls=True)
    elif new.phase is Phase.PAUSED and why and new.prompt is None:
        yield Notice(why, "warning", calls=True)
    elif new.phase is Phase.DISCONNECTED and old.phase in _LIVES:
        lost = f"The connection is lost: {why}" if why else "The connection is lost."
        yield Notice(lost, "warning", calls=old.phase.is_printing and not old.is_given_file)
    elif old.phase in _GONE and new.phase in _LIVES:
        yield Notice("The printer is connected.")
    if new.phase is Phase.READY and new.lost_print:
        name = scrub(new.lost_print)
        yield Notice(f"The print of {name} can go on: the Job screen says how.", "warning")


def _of_end(job: Job) -> Iterator[Notice]:
    """A print that failed left the printer in ERROR, which says why."""
    if job.outcome == "finished":
        yield Notice(f"{scrub(job.name)} is finished.", calls=True)
    elif job.outcome == "cancelled":
        yield Notice(f"{scrub(job.name)} was cancelled.")
