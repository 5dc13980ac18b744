"""When a job has ended, and how."""

from __future__ import annotations

import sys

from gbterm.cli.verbs.absence import Absence
from gbterm.errors import LinkError, PrinterError, WrongState
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, State
from gbterm.text import scrub


class JobEnd:
    """Tells from one state after the other when the job has ended."""

    def __init__(self) -> None:
        self._absence = Absence()
        self._was_printing = False
        self._before: Job | None = None
        """The one that had ended when a print was being started."""
        self._said = ""

    def saw(self, state: PrinterState, now: float) -> bool:
        """Whether it has finished. Raises what else ended it: WrongState, PrinterError, LinkError.

        `now` is in seconds, by any clock that never goes back.
        """
        job = state.print_job
        outcome = job.outcome if job else ""
        why = state.reason or state.last_error
        if state.holds_print:
            self._absence.ends()
            self._was_printing = True
            self._say(state)
            return False
        if state.state is State.DISCONNECTED and not outcome:
            if state.phase is not Phase.CONNECTING:
                self.lost(LinkError(f"Not connected: {why or 'the printer does not answer.'}"), now)
            return False
        self._absence.ends()
        if state.phase.is_printing and not state.is_given_file:
            self._was_printing = True
            self._say(state)
            return False
        if state.phase is Phase.STARTING:
            self._before = job
            return False
        is_of_before = self._before is not None and job == self._before
        if is_of_before and not self._was_printing and state.state is not State.ERROR:
            raise WrongState(f"The print did not begin: {why or 'look with gbterm status.'}")
        if state.state is State.ERROR or outcome == "failed":
            what = "The job failed" if job else "The printer reports an error"
            raise PrinterError(f"{what}: {why or 'look with gbterm status.'}")
        if outcome == "cancelled":
            raise WrongState("The job was cancelled.")
        if not outcome and not self._was_printing:
            raise WrongState("No job is under way; start one with gbterm runfile FILE.")
        return True

    def lost(self, error: LinkError, now: float) -> None:
        """Nobody knows how the job is. Raises `error` once that has lasted too long."""
        self._absence.lasts(error, now)

    def _say(self, state: PrinterState) -> None:
        """A person who waits sees when the job stands still, and why."""
        stands = state.state in (State.PAUSED, State.FILAMENT_SWAP, State.DISCONNECTED)
        text = f"{state.state.value}: {scrub(state.reason)}" if stands else ""
        if text and text != self._said:
            print(text.removesuffix(": "), file=sys.stderr)
        self._said = text
