"""What goes into the journal, and how far a print may go on the strength of that."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.marlin.layers import NEVER
from gbterm.host.allowance import Allowance
from gbterm.host.journal import Entry
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState

LATE_S = 10.0
"""A disk that takes longer is not waited for."""
MOST_HALVES = 8
"""So many are sure to fit into a slot of the journal, beside all else."""


class Noting:
    """Of the printer that `backend` drives, on the loop that runs now."""

    def __init__(self, backend: MarlinBackend, before: Entry) -> None:
        """`before` is what the process before this one noted last."""
        self._backend, self._before = backend, before
        self._loop = asyncio.get_running_loop()
        self._job_id = ""
        self._allowance = Allowance(0, 0.0)
        self._waits_since: float | None = None
        self._stands_mm: tuple[float, ...] = ()
        self._is_noted = asyncio.Event()
        backend.journal = self._until_noted

    def entry(self, state: PrinterState) -> Entry:
        """What must be remembered of `state`."""
        kept = self._backend.kept
        lost = self._backend.unfinished
        # An error stays in the journal until somebody has seen it and reconnects.
        error = lost or (state.reason if state.phase is Phase.ERROR else "")
        # What the board prints from its own card needs nobody's memory.
        own = None if state.job is None or state.job.on_card else state.job
        job, trail = (kept.job, kept.trail) if kept is not None else (own, None)
        nozzles, bed = self._targets(state)
        port = self._backend.port
        names = {port.name: port.stable_name} if port.stable_name else {}
        entry = Entry(
            nozzle_targets=nozzles,
            bed_target=bed,
            error=error,
            stable_names=names,
            halves=tuple(sorted(self._backend.halves)[:MOST_HALVES]),
        )
        if job is None:
            return entry
        if trail is not None and not job.outcome:
            trail = replace(trail, sent=self._ask(job, trail.sent))
        return replace(
            entry,
            active=not job.outcome and state.phase is not Phase.ERROR,
            job=job,
            trail=trail if job.outcome in ("", "failed") else None,
        )

    def _targets(self, state: PrinterState) -> tuple[tuple[float, ...], float]:
        """Of the nozzles and the bed; those of before until the board has told any."""
        heaters = (*state.nozzles, state.bed)
        if all(heater.target is None for heater in heaters):
            return self._before.nozzle_targets, self._before.bed_target
        return tuple(nozzle.target or 0.0 for nozzle in state.nozzles), state.bed.target or 0.0

    def _ask(self, job: Job, sent: int) -> int:
        """How far to note that the print may be."""
        now = self._loop.time()
        if job.id != self._job_id:
            self._job_id, self._allowance = job.id, Allowance(job.command, now)
            self._stands_mm = ()
            self._backend.core.noted, self._waits_since = self._allowance.up_to, None
        asked = self._allowance.ask(sent, now)
        if asked <= self._allowance.up_to:
            self._waits_since = None
            return asked
        if self._waits_since is None:
            self._waits_since = now
        if now - self._waits_since > LATE_S or self._allowance.is_short(sent):
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
        self._stands_mm = entry.trail.stands_mm
        self._is_noted.set()
        self._allowance.noted(entry.trail.sent)
        # Not where the print would only have to wait for the next entry.
        if core.noted != NEVER or self._allowance.is_ample(core.last_sent):
            core.noted = self._allowance.up_to
        self._backend.port.pump()

    def give_up(self) -> None:
        """The journal can't be written, or takes its time: a print goes on all the same.

        Until it has caught up, the range that it tells may end too early.
        """
        self._backend.core.noted = NEVER
        self._backend.port.pump()

    async def _until_noted(self, within_s: float) -> None:
        """Wait until the heights between which the nozzle is are on the disk, but not longer."""
        job = self._backend.job
        if job is None or self._backend.core.noted == NEVER:
            return
        heights = job.trail.stands_mm
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not _holds(self._stands_mm, heights):
                    self._is_noted.clear()
                    await self._is_noted.wait()


def _holds(noted: tuple[float, ...], heights: tuple[float, ...]) -> bool:
    """Whether all of `heights` is within what was `noted`."""
    return bool(noted) and min(noted) <= min(heights) and max(heights) <= max(noted)
