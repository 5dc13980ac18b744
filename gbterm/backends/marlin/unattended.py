"""When nobody looks after a printer's heaters: after a crash, at a question, and all alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from gbterm.backends.marlin import reports
from gbterm.backends.marlin.heaters import heated
from gbterm.backends.marlin.standby import Alone, Standby
from gbterm.model import Phase, Position, Prompt

if TYPE_CHECKING:
    from gbterm.backends.marlin.session import Session

WAITING = (Phase.PAUSED, Phase.FILAMENT_SWAP)
GO_ON, RESUME = "you go on", "you go on with the print"
SET, CONNECT = "you set a target", "you connect or set a target"
STANDS_AFTER_S = 60.0
"""A head that moved since is moved by somebody else: by hand, or by a display that prints a file of
its own through the board's other port, of which the board tells nothing."""
log = logging.getLogger(__name__)


class Unattended:
    """Of one session, whose `standby` it asks and obeys."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.standby = Standby(session.profile.heaters)
        self.alone_since: Callable[[], float | None] = lambda: None
        """Since when nobody is connected, by the port's clock; None while somebody is."""
        self.left_hot_at: float | None = None
        """When this process found the heaters as one that died had left them; None once somebody
        began a print, set a target without one that was lost, or gave that up."""
        self._at = Position()
        self._moved_at = float("-inf")
        self._asks: tuple[Phase, Prompt | None, bool] | None = None
        self._asked_at = 0.0
        self._printed_at = float("-inf")

    def note(self, now: float) -> None:
        """To be called at each report of temperatures: a target may change for a moment only."""
        state = self._session.state
        if self.standby.note(heated(state), now) and not state.lost_print:
            self.left_hot_at = None
        before, self._at = self._at, state.position
        if state.phase is Phase.READY and self._at != before != Position():
            self._moved_at = now
            self.standby.touch(now)

    def look(self, now: float) -> None:
        """To be called twice a second while the board is greeted."""
        session = self._session
        state = session.state
        asks = (state.phase, state.prompt, self.is_stuck)
        # A question goes on while the cable is out, and its time with it.
        if asks != self._asks and not session.unplugged.holds_print:
            self._asks, self._asked_at = asks, now
        self.note(now)
        if state.phase.is_printing and state.phase not in WAITING:
            self._printed_at = now
        if state.phase is Phase.EXECUTING:
            self.standby.lowered.clear()
        if not session.port.is_talking:
            return
        look = self.standby.look(self._alone(now), now, hears=not self.is_stuck)
        for heater in look.off:
            session.port.send(f"{heater.sets} S0")
        for text in look.said:
            log.warning("%s", text)
            session.report(reports.announce(text, "warning"))

    def attend(self) -> None:
        """Somebody began a print, or gave up the one that was lost."""
        self.left_hot_at = None
        self.standby.lowered.clear()

    @property
    def is_stuck(self) -> bool:
        """Whether the board waits for a person itself, and so carries out nothing else: what is
        sent now would count only once the print goes on."""
        session = self._session
        is_waiting = session.state.waiting_for == reports.FOR_USER
        return is_waiting or session.core.is_changing_filament

    def _alone(self, now: float) -> Alone | None:
        state = self._session.state
        if self._session.card.prints:
            return None
        if state.phase not in (Phase.READY, Phase.ERROR, *WAITING) and not self.is_stuck:
            return None
        if state.phase is Phase.READY and now - self._moved_at < STANDS_AFTER_S:
            return None
        if self.left_hot_at is not None and state.phase not in WAITING:
            unless = RESUME if state.lost_print else SET
            return Alone("gbterm was restarted", self.left_hot_at, unless)
        # What pauses at its user's wish alone has a user who knows of it.
        if state.prompt or self.is_stuck or (state.phase in WAITING and state.reason):
            return Alone("The printer waits for you", self._asked_at, GO_ON)
        since = self.alone_since()
        if since is None:
            return None
        # A print looks after its heaters, however long ago everybody left.
        return Alone("Nobody is connected", max(since, self._printed_at), CONNECT)
