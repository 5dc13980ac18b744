"""What a paused print goes on by, kept while somebody moves its head or its filament.

OctoPrint ends every move with G90, and M82 before it where filament was moved, and Marlin takes
both for E: a print that tells E by distances (M83) would go on as if they were places, and one that
tells it by places would first take back what was fed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gbterm.actions import Reply
from gbterm.backends.capability import Capability
from gbterm.backends.doing import wrong_state
from gbterm.backends.given import mapping
from gbterm.backends.octoprint import states
from gbterm.backends.octoprint.gcode import Gcode
from gbterm.errors import PrinterError, WrongState
from gbterm.model import Phase

STEP_MM = 0.01
"""So much is fed to find out what E means; a board tells E in hundredths at least."""
COLD = 170.0
"""In °C. Below it Marlin feeds nothing, and other firmware takes the wish for an error."""
_E = re.compile(r"\bE: *(-?\d{1,7}(?:\.\d{1,6})?)")
_MODES = {1: "M82", 2: "M83"}
"""By how many steps E is at after one to the first."""


class Kept(Gcode):
    """No command asks a board for its modes, so one is tried."""

    @asynccontextmanager
    async def _kept(self, to: str) -> AsyncIterator[None]:
        """The print, if one is paused, finds E as it left it. Raises `WrongState` beside another
        one, and `PrinterError` where it can't be kept."""
        if not self.state.phase.is_printing:
            yield
            return
        await self._require_idle(Phase.PAUSED, to=to)
        self.require(Capability.GCODE, f"{to} in a pause, for it can't be read what E is at")
        active = self.state.nozzles[self.state.active_nozzle : self.state.active_nozzle + 1]
        if any((nozzle.current or 0.0) < COLD for nozzle in active):
            raise WrongState(
                f"{self.name} can't {to} now: its nozzle is too cold to find out how the paused"
                " print feeds, and it would go on wrongly. Heat the nozzle first."
            )
        place = self._place(await self._replies(["M114"], to=to))
        mode: list[str] = []
        try:
            tried = [f"G92 E{STEP_MM}", f"G1 E{STEP_MM}", "M400", "M114"]
            after = self._place(await self._replies(tried, to=to))
            mode = [_MODES[steps]] if (steps := round(float(after) / STEP_MM)) in _MODES else []
            if not mode:
                raise self._unknown()
            yield
        finally:
            await self._send("M400", *mode, f"G92 E{place}", to=to)

    def _place(self, replies: Sequence[Reply]) -> str:
        """E, as the last reply tells it."""
        found = next((told for line in replies[-1].lines if (told := _E.search(line))), None)
        if found is None:
            raise self._unknown()
        return found[1]

    def _unknown(self) -> PrinterError:
        return PrinterError(
            f"The printer of {self.name} does not tell how the paused print feeds, so nothing is"
            " moved: it would go on wrongly."
        )

    async def _require_idle(self, *phases: Phase, to: str) -> None:
        """Asked of the server, which would do it in the middle of a print."""
        told = await self._ask("/api/printer", {"exclude": "temperature,sd"}, to)
        phase, _ = states.read_phase(mapping(mapping(told).get("state")))
        if phase not in phases:
            raise wrong_state(self.name, phase, to)
