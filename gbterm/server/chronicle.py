"""What happens to a printer, in the log and in the audit: a line for each step that is news."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from gbterm.audit import BOARD, DONE, FAILED, GBTERM, AuditEntry, sentence
from gbterm.freshness import OUT_OF_REACH
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState

_log = logging.getLogger(__name__)
_ENDS = {"cancelled": "was cancelled"}
_STANDS_STILL = (Phase.PAUSED, Phase.FILAMENT_SWAP)


class Chronicle:
    """Writes down what is new, and tells `note` of what matters later.

    A printer that is off is tried again and again: each step and each reason of that is written
    once, until the printer was reached.
    """

    def __init__(self, note: Callable[[AuditEntry], None]) -> None:
        self._note = note
        self._said_away: set[tuple[Phase, str]] = set()
        self._stands_still = False

    def note(self, old: PrinterState, new: PrinterState) -> None:
        """The printer's state went from `old` to `new`."""
        if new.phase is not old.phase and self._is_news(new):
            level = logging.WARNING if new.phase is Phase.ERROR else logging.INFO
            _log.log(level, "%s%s", new.phase.value, f": {new.reason}" if new.reason else "")
            self._note_phase(old, new)
        if new.print_job is not None:
            self._note_job(old.print_job, new.print_job)
        if new.prompt is not None and new.prompt != old.prompt:
            _log.info("the printer asks: %s", new.prompt.text)
        if new.last_error not in ("", old.last_error):
            _log.warning("error: %s", new.last_error)
            if new.phase is not Phase.ERROR:
                self._tell("printer_error", reason=new.last_error, outcome=FAILED)
        if new.messages and new.messages != old.messages:
            latest = new.messages[-1]
            if latest.level == "warning" and latest not in old.messages:
                self._tell("warning", reason=latest.text)

    def _is_news(self, state: PrinterState) -> bool:
        if state.phase not in OUT_OF_REACH:
            self._said_away.clear()
            return True
        step = (state.phase, state.reason)
        is_news = step not in self._said_away
        self._said_away.add(step)
        return is_news

    def _note_phase(self, old: PrinterState, new: PrinterState) -> None:
        if new.phase is Phase.ERROR:
            self._tell("printer_stopped", reason=new.reason, outcome=FAILED)
        elif new.phase is Phase.DISCONNECTED:
            self._tell("printer_lost", reason=new.reason)
        elif old.phase in OUT_OF_REACH and new.phase not in OUT_OF_REACH:
            self._tell("printer_reached")
        if new.phase in _STANDS_STILL and not self._stands_still:
            self._stands_still = True
            self._tell("print_paused", new.job, reason=new.reason)
        elif new.phase is Phase.EXECUTING and self._stands_still:
            self._stands_still = False
            self._tell("print_resumed", new.job)

    def _note_job(self, old: Job | None, job: Job) -> None:
        is_same = old is not None and (old.id, old.started_at) == (job.id, job.started_at)
        if not job.outcome:
            if not is_same:
                _log.info("printing %s", job.name)
                self._stands_still = False
                self._tell("print_started", job)
        elif is_same and old is not None and not old.outcome:
            level = logging.WARNING if job.outcome == "failed" else logging.INFO
            why = f": {job.reason}" if job.reason else ""
            came_of_it = _ENDS.get(job.outcome, job.outcome)
            _log.log(level, "the print of %s %s%s", job.name, came_of_it, why)
            outcome = FAILED if job.outcome == "failed" else DONE
            self._tell(f"print_{job.outcome}", job, reason=job.reason, outcome=outcome)

    def _tell(
        self, method: str, job: Job | None = None, *, reason: str = "", outcome: str = DONE
    ) -> None:
        actor = BOARD if job is not None and job.on_card else GBTERM
        self._note(
            AuditEntry(
                time.time(),
                method,
                actor=actor,
                params={"name": sentence(job.name)} if job is not None else {},
                job=job.key if job is not None else "",
                outcome=outcome,
                reason=sentence(reason),
            )
        )
