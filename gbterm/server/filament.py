"""Whether the filament has run out of a print: what a sensor says, put together. Without I/O."""

from __future__ import annotations

from gbterm.model import Phase, PrinterState


class Detection:
    """Finds each time that it ran out, once; times are by any monotonic clock, in seconds."""

    def __init__(self, debounce_s: float) -> None:
        self._debounce_s = debounce_s
        self._said: bool | None = None
        self._since = 0.0
        self._job = ""
        """The print for which it was found, until there is filament again."""

    def tell(self, is_out: bool | None, now: float) -> None:
        """The sensor says that there is no filament, or some; None where it can't say."""
        if is_out is not self._said:
            self._said, self._since = is_out, now

    def look(self, state: PrinterState, now: float) -> bool:
        """Whether to change filament now: it is out, and the print that executes needs some.

        Who begins it otherwise, or goes on without, has seen that it is out.
        """
        if now - self._since < self._debounce_s or self._said is None:
            return False
        if not self._said:
            self._job = ""
            return False
        job = state.job.id if state.job is not None else ""
        if state.phase is Phase.FILAMENT_SWAP:
            self._job = job
        if state.phase is not Phase.EXECUTING or not job or job == self._job:
            return False
        self._job = job
        return True

    def again(self) -> None:
        """Nothing came of it: find it once more."""
        self._job = ""
