"""Whether the place that a plain OpenGB server told last is where the head is now."""

from __future__ import annotations

from gbterm import events
from gbterm.model import Phase, Position

MOVES = frozenset({"move_head_relative", "move_head_absolute", "home_head"})
"""After each it asks the board where the head is, but not where that question waits already for an
earlier move: so the next one had better wait until the place of the last was told."""
TEMPERATURES_AHEAD = 5
"""So many questions about temperatures may come before the one about the place: of four the server
awaits the answers, one waits itself. The board answers them in their order, once a second."""


class Place:
    """What is known of it from the calls and the events in their order."""

    def __init__(self) -> None:
        self.is_due = False
        """The head was moved, and where it is may yet be told. A place below 0 never is."""
        self.is_known = True
        """Whether what was told last may be shown as the place."""
        self._passed = 0

    def call(self, method: str) -> None:
        """The server is asked for `method`. A jog's place follows at once, that of homing late."""
        if method in MOVES:
            self.is_due, self._passed = True, 0
            self.is_known = self.is_known and method != "home_head"

    def hear(self, event: events.Event, phase: Phase) -> None:
        """It told of `event` when it was in `phase`."""
        if isinstance(event, events.PositionReported):
            if event.position != Position():
                self.is_due, self.is_known = False, True
        elif isinstance(event, events.TemperaturesReported):
            if self.is_due:
                self._passed += 1
                self.is_due, self.is_known = self._passed <= TEMPERATURES_AHEAD, False
        elif event == events.SteppersChanged(enabled=False) or (
            isinstance(event, events.PhaseChanged) and event.phase is not phase
        ):
            # Freed motors lose it, and of the way of a print nothing is told.
            self.is_known = False

    def miss(self) -> None:
        """What was told meanwhile was not heard."""
        self.is_known = self.is_known and not self.is_due
