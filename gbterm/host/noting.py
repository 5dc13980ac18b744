"""What goes into the journal, and how far a print may go on the strength of that."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.marlin.layers import NEVER
from gbterm.host.allowance import Allowance
from gbterm.host.journal import Entry
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState

LATE_S = 10.0
"""A disk that takes longer is not waited for."""


class Noting:
    """Of the printer that `backend` drives, on the loop that runs now."""

    def __init__(self, backend: MarlinBackend) -> None:
        self._backend = backend
        self._loop = asyncio.get_running_loop()
        self._job_id = ""
        self._allowance = Allowance(0, 0.0)
        self._waits_since: float | None = None

    def entry(self, state: PrinterState) -> Entry:
        """What must be remembered of `state`."""
        kept = self._backend.kept
        lost = self._backend.unfinished
        # An error stays in the journal until somebody has seen it and reconnects.
        error = lost or (state.reason if state.phase is Phase.ERROR else "")
        job, trail = (kept.job, kept.trail) if kept is not None else (state.job, None)
        if job is None:
            return Entry(error=error)
        if trail is not None and not job.outcome:
            trail = replace(trail, sent=self._ask(job, trail.sent))
        return Entry(
            active=not job.outcome and state.phase is not Phase.ERROR,
            job=job,
            nozzle_targets=tuple(nozzle.target or 0.0 for nozzle in state.nozzles),
            bed_target=state.bed.target or 0.0,
            error=error,
            trail=trail if job.outcome in ("", "failed") else None,
        )

    def _ask(self, job: Job, sent: int) -> int:
        """How far to note that the print may be."""
        now = self._loop.time()
        if job.id != self._job_id:
            self._job_id, self._allowance = job.id, Allowance(job.command, now)
            self._backend.core.noted, self._waits_since = self._allowance.up_to, None
        asked = self._allowance.ask(sent, now)
        if asked <= self._allowance.up_to:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = now
        elif now - self._waits_since > LATE_S:
            self.give_up()
        return asked

    def written(self, entry: Entry) -> None:
        """`entry` is on the disk. Called in the journal's thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._allow, entry)

    def _allow(self, entry: Entry) -> None:
        job, core = self._backend.job, self._backend.core
        if entry.trail is None or entry.job is None or job is None or job.job.id != entry.job.id:
            return
        self._waits_since = None
        self._allowance.noted(entry.trail.sent)
        core.noted = max(core.noted, self._allowance.up_to)
        self._backend.port.pump()

    def give_up(self) -> None:
        """The journal can't be written, or takes its time: a print goes on all the same."""
        self._backend.core.noted = NEVER
        self._backend.port.pump()
