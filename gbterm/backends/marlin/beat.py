"""What must be done every now and then while the port is open, whatever the board says."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.marlin import reports, waits
from gbterm.backends.marlin.job import PrintJob
from gbterm.backends.marlin.port import STOOD_STILL_S
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.marlin.session import Session

_log = logging.getLogger(__name__)
PROGRESS_EVERY_S = 0.5
POLL_EVERY_S = 2.0
SILENT_S = 5.0
"""Temperatures come every second by themselves; where they don't, the board has to be asked."""
ANSWER_EVERY_S, ANSWERS_AT_MOST = 5.0, 8
"""What ends the board's own waits for a cancel goes again: without a number, it may be lost. So
many fit into the ring of a board that reads nothing; more would be cut to other commands."""


class Beat:
    """Runs from `start` to `stop` for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._task: asyncio.Task[None] | None = None
        self._temperatures_at = self._polled_at = float("-inf")
        self._answered_at, self._answers = float("-inf"), 0
        self._waits, self._said = waits.Waits(), ""
        self._fault = ""
        """What was said last of a mistake in here."""

    def start(self) -> None:
        """The board is greeted, or reached again."""
        self._waits = waits.Waits()
        self._polled_at = self._session.port.now()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """The port is closed."""
        self._session.meter.rest()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def temperatures_came(self) -> None:
        """The board told its temperatures, asked or not."""
        self._temperatures_at = self._session.port.now()

    async def _run(self) -> None:
        session, before = self._session, self._session.port.now()
        while True:
            await asyncio.sleep(PROGRESS_EVERY_S)
            now = session.port.now()
            if now - before > PROGRESS_EVERY_S + STOOD_STILL_S:
                # The board may have come to the end of it while nobody listened.
                self._waits = waits.Waits()
            before = now
            for part in (self._tell, session.unattended.look, session.guarding.look, self._ask):
                try:
                    part(now)
                except Exception as error:  # noqa: BLE001 - none may end the watch over the heaters
                    self._say_fault(error)

    def _say_fault(self, error: Exception) -> None:
        """Once, though it comes with every beat."""
        text = f"Internal error ({type(error).__name__}): {error}. Report it: gbterm report."
        if text != self._fault:
            self._fault = text
            _log.error("a beat failed", exc_info=error)
            self._session.report(reports.announce(text, "error"))

    def _tell(self, now: float) -> None:
        """What of the print, and of what is waited for, nobody says by itself."""
        if (job := self._session.job) is not None:
            job.report_progress()
            self._audit(job, now)
        self._measure(now)
        self._watch_wait(now)
        self._answer_again(now)

    def _ask(self, now: float) -> None:
        session = self._session
        if now - self._polled_at < POLL_EVERY_S:
            return
        if session.is_locked:
            # Until it takes them: it may have been unlocked since, with its heaters on.
            self._polled_at, session.is_locked = now, False
            session.make_safe()
        elif session.core.owes_nothing_of_ours:
            self._polled_at = now
            self._poll(now)

    def _audit(self, job: PrintJob, now: float) -> None:
        core = self._session.core
        # What waits already is behind a heater or a homing: more of it would tell nothing.
        if job.phase is Phase.EXECUTING and core.trouble is None and core.owes_nothing_of_ours:
            for query in self._session.audit.questions(now):
                self._session.core.send(query)
            self._session.port.pump()

    def _measure(self, now: float) -> None:
        meter = self._session.meter
        meter.measure(now)
        if self._session.job is not None:
            self._session.report(events.StreamMeasured(meter.report(now)))

    def _watch_wait(self, now: float) -> None:
        """Say what is waited for, and end what has no end. A person may take their time."""
        session, core = self._session, self._session.core
        oldest = core.flight.lines[0].line if core.flight.lines else None
        for_person = session.state.waiting_for == reports.FOR_USER or core.is_changing_filament
        self._waits.look(None if for_person else oldest, session.state, now)
        if overdue := self._waits.overdue(now):
            session.give_up_on(overdue)
        self._say_wait(now)

    def _say_wait(self, now: float) -> None:
        session, trouble = self._session, self._session.core.trouble
        said = session.state.waiting_for
        if trouble is not None:
            words = waits.in_trouble(trouble, now) or said
        elif said in ("", self._said):
            words = self._waits.words(now)
        else:
            # The board says more of it: how warm a heater is, or that it waits for a person.
            return
        self._said = words
        if words != said:
            session.report(events.WaitBegan(words))

    def _answer_again(self, now: float) -> None:
        if self._session.state.phase is not Phase.CANCELLING:
            self._answered_at, self._answers = now, 0
        elif self._answers < ANSWERS_AT_MOST and now - self._answered_at >= ANSWER_EVERY_S:
            self._answered_at, self._answers = now, self._answers + 1
            self._session.answer_for_cancel()

    def _poll(self, now: float) -> None:
        """Ask for what the board doesn't tell by itself. Silence may mean that it was reset."""
        session = self._session
        if not session.port.is_talking:
            return
        silent = now - self._temperatures_at >= SILENT_S
        for capability, question in (("AUTOREPORT_TEMP", "M105"), ("AUTOREPORT_POS", "M114")):
            if question == "M114" and session.card.prints:
                # Older firmwares finish all moves first.
                continue
            if silent or not session.state.firmware.can(capability):
                session.port.send(question)
        session.card.ask()
