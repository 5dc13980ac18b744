"""What is done where a heater does what nobody asked it to: warn, pause, off, M112, no power."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.marlin import parser, reports
from gbterm.backends.marlin.guards import Alarm, HeaterGuards
from gbterm.backends.marlin.heaters import heated, readings, told
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.marlin.session import Session

OFF_WITHIN_S = 60.0
"""A board that has not turned its heaters off by then is halted."""
LOOK = "Look at the printer, then resume or cancel."
log = logging.getLogger(__name__)
_OWN = re.compile(rb"(?:G *0*(?:29|3[345]|76)|M *0*(?:48|303|306|310))(?!\d)")
"""Tuning, which heats without a target, and probing, for which builds with PROBING_HEATERS_OFF turn
heaters off without a word."""
TUNES_AT_MOST_S = 1800.0
_PAUSABLE = (Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED, Phase.FILAMENT_SWAP)


class Guarding:
    """Of one session, by the `guards` of its profile."""

    def __init__(self, session: Session) -> None:
        self._session, self._set = session, session.profile.guards
        self._guards = HeaterGuards(session.profile.limits, self._set)
        self.cut_power: Callable[[], Awaitable[str]] | None = None
        """Cuts the printer's power; why that failed, as a sentence, or nothing. None where nothing
        is configured that could."""
        self._off_by: tuple[float, str] | None = None
        """When the heaters must be off, and why."""
        self._away_since: float | None = None
        self._is_away_known = False
        self._said = ""
        self._tunes_until = float("-inf")
        """The board tunes a heater, and so executes nothing else."""
        self._task: asyncio.Task[None] | None = None

    def rearm(self) -> None:
        """Somebody has seen what was found, or nothing of before counts any more."""
        self._guards.rearm()
        self._off_by, self._tunes_until = None, float("-inf")
        session = self._session
        if self._said and session.state.last_error == self._said:
            session.report(events.ErrorReported(""))
        self._said = ""

    def heard(self, report: events.TemperaturesReported) -> None:
        """The board told temperatures, which are in the state already."""
        session = self._session
        if not heated(session.state):
            self._off_by = None
        if session.connecting is not None or self._is_acting:
            return
        now = session.port.now()
        is_own, readings_told = self._is_boards_own(now), told(report, session.state)
        for alarm in self._guards.see(readings_told, now, is_boards_own=is_own):
            self._act(alarm)

    def heard_text(self, text: str) -> None:
        """The board said something else."""
        if (begins := parser.tuning(text)) is not None:
            until = self._session.port.now() + TUNES_AT_MOST_S
            self._tunes_until = until if begins else float("-inf")

    def answered(self) -> None:
        """The board has executed a command."""
        self._tunes_until = float("-inf")

    def _is_boards_own(self, now: float) -> bool:
        session = self._session
        tunes = now < self._tunes_until or _OWN.match(session.core.asking) is not None
        return tunes or session.unattended.is_stuck

    def look(self, now: float) -> None:
        """To be called twice a second while the board is greeted."""
        self._away_since, self._is_away_known = None, False
        if self._off_by is not None and now >= self._off_by[0]:
            why, self._off_by = self._off_by[1], None
            late = f"{self._session.name} did not turn its heaters off within {OFF_WITHIN_S:g} s."
            self._start(self._halt(f"{why} {late}", cuts=True))

    def look_away(self, now: float) -> None:
        """To be called every now and then: a board that is out of reach can lose its power only."""
        session = self._session
        is_hot = heated(session.state) or session.tuning.may_heat
        if session.port.is_open or session.card.is_left or not is_hot:
            self._away_since, self._is_away_known = None, False
            return
        if self._away_since is None:
            self._away_since = now
        waits_s = 60 * self._set.out_of_reach_min
        is_due = now - self._away_since >= waits_s and not self._is_away_known
        if is_due and self._set.out_of_reach == "power_off":
            self._is_away_known = True
            self._start(self._cut_away())

    @property
    def _is_acting(self) -> bool:
        return self._task is not None and not self._task.done()

    def _act(self, alarm: Alarm) -> None:
        action = getattr(self._set, alarm.what)
        if action == "off" and alarm.is_off:
            action = "halt"
        if action == "none" or self._is_acting:
            return
        if self._session.card.prints or alarm.only_warns:
            # Whatever is sent would come between the lines of the card's file.
            action = "warn"
        log.error("guard: %s (%s)", alarm.text, action)
        if action == "warn":
            self._say(alarm.text)
        elif action == "pause":
            self._pause(alarm.text)
        elif action == "off":
            self._turn_off(alarm.text)
        else:
            text = alarm.text
            if alarm.is_off and self.cut_power is None:
                text += " No command ends that: CUT THE POWER."
            self._start(self._halt(text, cuts=alarm.is_off or action == "power_off"))

    def _pause(self, text: str) -> None:
        self._say(text)
        if self._session.job is not None:
            self._session.job.stand_still(f"{text} {LOOK}")

    def _turn_off(self, text: str) -> None:
        """A print stands still for it, since it can go on once somebody has looked; one that can't
        stand still now fails. A printer without one is in ERROR, which is left by a person only."""
        session, job = self._session, self._session.job
        self._off_by = session.port.now() + OFF_WITHIN_S, text
        text = f"{text} All heaters are turned off."
        session.end_heating()
        if job is not None and job.phase in _PAUSABLE:
            self._say(text)
            session.unattended.standby.lower(heated(session.state), session.port.now())
            job.stand_still(f"{text} {LOOK}")
            self._send_off()
        elif session.state.phase is Phase.ERROR:
            self._say(text)
            session.make_safe()
        elif session.state.phase is Phase.CANCELLING:
            self._say(text)
            self._send_off()
        else:
            if job is None:
                self._say(text)
            session.job_failed(f"{text} Look at the printer, then reconnect.")

    def _send_off(self) -> None:
        for heater in readings(self._session.state):
            self._session.port.send(f"{heater.sets} S0")

    async def _halt(self, text: str, *, cuts: bool) -> None:
        """M112; the power is cut as well where it `cuts`, or where nobody confirms that."""
        session = self._session
        if session.job is None:
            self._say(text)
        session.job_failed(text)
        report = await session.emergency_stop()
        cut = await self._without_power() if cuts or not report.confirmed else ""
        came_of_it = f"{report.text} {cut}".strip()
        self._say(came_of_it)
        session.report(events.ErrorReported(f"{text} {came_of_it}"))
        session.report(events.PhaseChanged(Phase.ERROR, f"{text} {came_of_it}"))

    async def _cut_away(self) -> None:
        session = self._session
        why = f"{session.name} has been out of reach with its heaters on."
        self._say(f"{why} {await self._without_power()}")

    async def _without_power(self) -> str:
        """Cut the power, where somebody configured how; what came of it."""
        if self.cut_power is None:
            return ""
        failure = await self.cut_power()
        return f"{failure} CUT THE POWER." if failure else "Its power was cut."

    def _say(self, text: str) -> None:
        log.error("%s", text)
        self._said = text
        self._session.report(events.ErrorReported(text))
        self._session.report(reports.announce(text, "error"))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        if self._is_acting:
            work.close()
        else:
            self._task = asyncio.get_running_loop().create_task(work)
