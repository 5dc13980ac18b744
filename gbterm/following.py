"""The bridge from the backend's events to the screens, and how old is what they tell."""

from __future__ import annotations

import math

from gbterm.asked import AskedConsole
from gbterm.backends.base import Backend
from gbterm.cadence import Budget, lasting
from gbterm.elsewhere import Elsewhere
from gbterm.events import Event
from gbterm.messages import StateChanged
from gbterm.model import PrinterState
from gbterm.notices import notices
from gbterm.screens.stop import StopScreen
from gbterm.terminal import Terminal

CHANGES_AT_ONCE, CHANGES_A_SECOND = 30, 5.0
AGE_EVERY_S, AGE_EVERY_S_WHEN_SLOW = 1, 5


class FollowingConsole(AskedConsole):
    """A console whose state is its backend's, as often as its terminal can draw it."""

    def __init__(
        self,
        backend: Backend,
        attach: str,
        starts: str,
        terminal: Terminal,
        elsewhere: Elsewhere | None,
    ) -> None:
        super().__init__(backend, attach, starts, terminal, elsewhere)
        self._news_wait, self._news_come, self._shown_at = False, False, -math.inf
        self._changes = Budget(CHANGES_AT_ONCE, CHANGES_A_SECOND)

    def on_mount(self) -> None:
        """Follow the backend."""
        self.set_interval(self._age_step_s, self._look_at_age)
        self.follow()

    def on_unmount(self) -> None:
        """Let go of the backend."""
        self.unfollow()

    def follow(self) -> None:
        """Hear of the backend's events from now on."""
        self._unsubscribe = self.backend.subscribe(self._heard)
        self._look_at_age()
        self.state = self.backend.state
        self.temperatures.take(self.state, self.clock())
        self.follow_actions(self.state)

    def unfollow(self) -> None:
        """Hear of them no more."""
        self._unsubscribe()

    def _heard(self, event: Event, state: PrinterState) -> None:
        del event
        if not self._news_come:  # else a peer that never stops would fill the queue
            self._news_come = True
            self.post_message(StateChanged(state))

    def on_state_changed(self, event: StateChanged) -> None:
        """The one place where the console's state changes; mere readings wait for their time."""
        del event  # what it holds may be of a printer that was left
        self._news_come = False
        now = self.clock()
        wait_s = self._shown_at + self.terminal.readings_s - now
        if wait_s <= 0 or (
            lasting(self.backend.state) != lasting(self.state) and self._changes.takes(now)
        ):
            self._show_news()
        elif not self._news_wait:
            self._news_wait = True
            self.set_timer(wait_s, self._show_news)

    def _show_news(self) -> None:
        self._news_wait, self._shown_at = False, self.clock()
        if self.screen_stack:  # none is left while the console closes
            self._look_at_age()
            self.state = self.backend.state

    @property
    def _age_step_s(self) -> int:
        return AGE_EVERY_S_WHEN_SLOW if self.terminal.slow else AGE_EVERY_S

    def _look_at_age(self) -> None:
        """Find out how old the readings are; nobody tells that nothing came."""
        fresh = self.backend.freshness(self._age_step_s)
        if fresh.is_old and not self.fresh.is_old:
            self.temperatures.lose(self.clock())
        self.fresh = fresh

    def watch_state(self, old: PrinterState, new: PrinterState) -> None:
        """What happened is remembered, said and shown; a question that went goes."""
        self.temperatures.take(new, self.clock())
        self.follow_actions(new)
        self._notify(old, new)
        if new.prompt != old.prompt:
            self.follow_prompt(new.prompt)

    def _notify(self, old: PrinterState, new: PrinterState) -> None:
        """Say what somebody has to hear of; not over a stop, which says more."""
        if isinstance(self.screen, StopScreen):
            return
        for notice in notices(old, new):
            self.say(notice.text, notice.severity)
            if notice.calls:
                self.ring()
