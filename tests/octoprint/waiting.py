"""Waiting for what a printer becomes."""

from __future__ import annotations

from gbterm.backends.base import Backend
from gbterm.events import Event
from gbterm.model import Phase, PrinterState
from tests.octoprint.seen import until


async def phase(backend: Backend, phase: Phase) -> None:
    """Wait until the printer is in that phase."""
    await until(lambda: backend.state.phase is phase)


class Heard:
    """Every event of a backend from now on."""

    def __init__(self, backend: Backend) -> None:
        self.events: list[Event] = []
        self.states: list[PrinterState] = []
        backend.subscribe(self._hear)

    def _hear(self, event: Event, state: PrinterState) -> None:
        self.events.append(event)
        self.states.append(state)

    @property
    def phases(self) -> list[Phase]:
        """Those that it went through, each once for each time."""
        found: list[Phase] = []
        for state in self.states:
            if found[-1:] != [state.phase]:
                found.append(state.phase)
        return found
