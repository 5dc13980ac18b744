"""What OctoPrint remembers of the heaters, by the clock here."""

from __future__ import annotations

from typing import Any

from gbterm.apply import apply
from gbterm.backends.given import mapping, number
from gbterm.backends.octoprint import states
from gbterm.model import PrinterState
from gbterm.temperatures import Sample, heaters

HISTORY = "/api/printer"
ASKED = {"history": "true", "limit": "2000", "exclude": "sd,state"}
"""It keeps half an hour."""
MOST = 600


def samples(answer: Any, ahead_s: float) -> list[Sample]:
    """Those of a GET of `HISTORY` as `ASKED` that make sense, oldest first, `MOST` at most.

    The server's clock is `ahead_s` of the one here.
    """
    told = mapping(mapping(answer).get("temperature")).get("history")
    found = []
    for record in told if isinstance(told, list) else ():
        at = number(mapping(record).get("time"))
        if at is not None:
            state = PrinterState()
            for event in states.read_temperatures([record]):
                state = apply(state, event)
            # The server notes a time alone where the port is closed or the board said nothing yet.
            known = {
                name: heater
                for name, heater in heaters(state).items()
                if heater.current is not None
            }
            found.append(Sample(at - ahead_s, known))
    found.sort(key=lambda sample: sample.at)
    step = -(-len(found) // MOST)
    # The latest is always among them.
    return found[::-1][:: max(step, 1)][::-1]
