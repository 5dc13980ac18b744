"""What happens to a printer, in the log: a line for each step, with the level that it deserves."""

from __future__ import annotations

import logging

from gbterm.freshness import OUT_OF_REACH
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState

_log = logging.getLogger(__name__)
_ENDS = {"cancelled": "was cancelled"}


class Chronicle:
    """Writes down what is new.

    A printer that is off is tried again and again: each step and each reason of that is written
    once, until the printer was reached.
    """

    def __init__(self) -> None:
        self._said_away: set[tuple[Phase, str]] = set()

    def note(self, old: PrinterState, new: PrinterState) -> None:
        """The printer's state went from `old` to `new`."""
        if new.phase is not old.phase and self._is_news(new):
            level = logging.WARNING if new.phase is Phase.ERROR else logging.INFO
            _log.log(level, "%s%s", new.phase.value, f": {new.reason}" if new.reason else "")
        if new.job is not None:
            _note_job(old.job, new.job)
        if new.prompt is not None and new.prompt != old.prompt:
            _log.info("the printer asks: %s", new.prompt.text)
        if new.last_error not in ("", old.last_error):
            _log.warning("error: %s", new.last_error)

    def _is_news(self, state: PrinterState) -> bool:
        if state.phase not in OUT_OF_REACH:
            self._said_away.clear()
            return True
        step = (state.phase, state.reason)
        is_news = step not in self._said_away
        self._said_away.add(step)
        return is_news


def _note_job(old: Job | None, job: Job) -> None:
    is_same = old is not None and (old.id, old.started_at) == (job.id, job.started_at)
    if not job.outcome:
        if not is_same:
            _log.info("printing %s", job.name)
    elif is_same and old is not None and not old.outcome:
        level = logging.WARNING if job.outcome == "failed" else logging.INFO
        why = f": {job.reason}" if job.reason else ""
        _log.log(level, "the print of %s %s%s", job.name, _ENDS.get(job.outcome, job.outcome), why)
