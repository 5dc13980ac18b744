"""How long what was in use: seconds since this process began, by the names of OpenGB's counters.

Kept in memory alone: the server collects it and adds it up (`server/counters.py`), and what it has
not collected yet waits here while there is none.
"""

from __future__ import annotations

import secrets
from itertools import product

from gbterm.model import Phase, PrinterState, State

PRINTER, PRINTING, BED = "printer_up", "printer_print", "bed_up"
NOZZLES = ("nozzle_1_up", "nozzle_2_up")
MOTORS = tuple(f"motor_{axis}{number}_up" for axis, number in product("xyz", (1, 2)))
NAMES = (PRINTER, PRINTING, BED, *NOZZLES, *MOTORS)

LONGEST_STEP_S = 5.0
"""A machine that slept used nothing meanwhile."""
_NOT_PRINTING = (Phase.PAUSING, Phase.PAUSED)


class Usage:
    """Charged now and then with the state as it is; `now` is a monotonic clock in seconds."""

    def __init__(self, now: float, second_motors: str = "") -> None:
        """`second_motors` names the axes that have two, as in `yz`."""
        self.instance = secrets.token_hex(8)
        """Tells this process from the one before it, whose seconds began at 0, too."""
        self.seconds = dict.fromkeys(NAMES, 0.0)
        self._charged_at = now
        motors = [f"{axis}1" for axis in "xyz"] + [f"{axis}2" for axis in second_motors]
        self._motors = [f"motor_{motor}_up" for motor in motors]

    def charge(self, state: PrinterState, now: float) -> None:
        """Charge what `state` says is in use with the time since the last call."""
        passed, self._charged_at = min(now - self._charged_at, LONGEST_STEP_S), now
        for name in self._in_use(state):
            self.seconds[name] += passed

    def _in_use(self, state: PrinterState) -> list[str]:
        if state.state is State.DISCONNECTED:
            return []
        used = [PRINTER]
        executes = state.state is State.EXECUTING and state.phase not in _NOT_PRINTING
        if executes and not state.is_given_file:
            used.append(PRINTING)
        if state.bed.target:
            used.append(BED)
        heaters = zip(NOZZLES, state.nozzles, strict=False)
        used += [name for name, nozzle in heaters if nozzle.target]
        if state.steppers_enabled:
            used += self._motors
        return used
