"""What happens at the printer, told by itself: from one state to the next, and never too much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gbterm.freshness import FRESH, OUT_OF_REACH, Freshness
from gbterm.jobs import Job
from gbterm.model import Message, Phase, PrinterState
from gbterm.plain import account
from gbterm.widgets.words import heater_word

STEP_PERCENT = 5
AGAIN_S = 60.0
"""After which progress, and a wait that goes on, may be told again."""
LAYER_S = 10.0
AT_ONCE = 30
"""So many lines may come at once; after that one a second."""
MOST_MESSAGES = 5
"""Of one time."""

_NUMBERS = re.compile(r"\d[\d.,]*")


class Narrator:
    """Tells what differs between the state that was told last and the one there is.

    Where more happens than may be told, what came and went in between is left out. `now` is in
    seconds, by any clock that never goes back.
    """

    def __init__(self, starts: str = "") -> None:
        self.starts = starts
        """The command that starts the printer's host again, where one can."""
        self.step_percent = STEP_PERCENT
        """Progress is told in such steps; 0 is never."""
        self.layers = False
        """Whether each layer is told."""
        self.temperatures_s: float | None = None
        """How often temperatures are told."""
        self.prints = 0
        """How many were seen to begin."""
        self._told = PrinterState()
        self._job: Job | None = None
        """The last one that was there, also while its printer is out of reach."""
        self._layer: int | None = None
        self._silent = False
        """Whether it was told that nothing is heard."""
        self._errors: set[str] = set()
        self._targets: dict[str, float] = {}
        self._on_the_way = set[str]()
        """The heaters that have not reached their targets yet."""
        self._may, self._at = float(AT_ONCE), 0.0
        self._progress_at = self._wait_at = self._layer_at = self._temperatures_at = 0.0
        self._percent = 0

    def begin(self, state: PrinterState, now: float) -> None:
        """Take `state` as told."""
        self._told, self._job, self._at = state, state.print_job, now
        self._errors = {state.last_error}
        for _ in self._heat(state):
            pass  # it is there already
        self._progress_at = self._layer_at = self._wait_at = now
        self._percent = account.percent(state.print_job) if state.print_job else 0

    def watch_temperatures(self, every_s: float | None, now: float) -> None:
        """Tell temperatures every now and then, at once for the first time; None is never."""
        self.temperatures_s, self._temperatures_at = every_s, now - (every_s or 0.0)

    def look(self, state: PrinterState, now: float, fresh: Freshness = FRESH) -> list[str]:
        """What is new, in lines; nothing while too much was told."""
        self._may = min(AT_ONCE, self._may + max(0.0, now - self._at))
        self._at = now
        if self._may < 1:
            return []
        lines = [
            *self._changes(self._told, state, now),
            *self._silence(state, fresh),
            *self._readings(state, now, is_old=fresh.is_old),
        ]
        self._told = state
        self._may -= len(lines)
        return lines

    def _changes(self, old: PrinterState, new: PrinterState, now: float) -> Iterator[str]:
        if new.print_job is not None:
            yield from self._print(self._job, new.print_job, new)
            self._job = new.print_job
        yield from self._phase(old, new)
        yield from self._error(new)
        yield from self._wait(old, new, now)
        yield from self._heat(new)
        if new.prompt is not None and new.prompt != old.prompt:
            yield from account.question(new.prompt)
        elif old.prompt is not None and new.prompt is None and old.prompt.choices:
            yield "The question is closed."
        if new.lost_print not in ("", old.lost_print) and not account.tells_lost(new):
            yield account.lost(new)
        yield from self._messages(old.messages, new.messages)
        yield from self._progress(new, now)

    def _phase(self, old: PrinterState, new: PrinterState) -> Iterator[str]:
        if _shape(account.phase(old)) == _shape(account.phase(new)):
            return
        known = new.phase is Phase.ERROR and new.reason in self._errors
        if known and new.phase is old.phase:
            return
        yield account.phase(replace(new, reason="") if known else new)
        if new.phase is Phase.DISCONNECTED and self.starts and not new.holds_print:
            yield f"If its host has ended: quit, then start it again with {self.starts}"

    def _error(self, new: PrinterState) -> Iterator[str]:
        """Each once, until all is well again; a stop tells its own by turns."""
        if not new.last_error:
            self._errors.clear()
        elif new.last_error not in self._errors:
            self._errors.add(new.last_error)
            if new.last_error != new.reason:
                yield account.error(new)

    def _print(self, old: Job | None, new: Job, state: PrinterState) -> Iterator[str]:
        again = old is not None and bool(old.outcome) and not new.outcome
        is_new = old is None or (old.id, old.name) != (new.id, new.name) or again
        if is_new:
            self.prints += 1
            self._percent, self._progress_at, self._layer = 0, self._at, None
        if new.outcome and (is_new or (old is not None and old.outcome != new.outcome)):
            yield f"The print has ended: {account.ended(new, state)}"
        elif is_new:
            yield f"The print of {new.name} has begun."

    def _wait(self, old: PrinterState, new: PrinterState, now: float) -> Iterator[str]:
        if not new.waiting_for:
            return
        began = _shape(old.waiting_for) != _shape(new.waiting_for)
        if began or now - self._wait_at >= AGAIN_S:
            self._wait_at = now
            yield account.waiting(new)

    def _heat(self, new: PrinterState) -> Iterator[str]:
        """A heater that got where it was sent, once for each target."""
        for name, temperature in account.heaters(new):
            target = temperature.target or 0.0
            if target != self._targets.get(name, 0.0):
                self._targets[name] = target
                self._on_the_way.add(name)
            if name in self._on_the_way and heater_word(temperature) in ("at target", "off"):
                self._on_the_way.remove(name)
                if target:
                    yield f"{name} is at its target, {target:g} °C"

    def _progress(self, state: PrinterState, now: float) -> Iterator[str]:
        job = state.print_job
        if job is None or job.outcome or not state.phase.is_printing:
            return
        percent, step = account.percent(job), self.step_percent
        if step and percent // step > self._percent // step and now - self._progress_at >= AGAIN_S:
            self._percent, self._progress_at = percent, now
            yield account.progress(job)
        if not self.layers or not job.layer or job.layer == self._layer:
            return
        if now - self._layer_at >= LAYER_S:
            self._layer, self._layer_at = job.layer, now
            yield f"Layer {job.layer} of {job.layers}"

    def _messages(self, old: Sequence[Message], new: Sequence[Message]) -> Iterator[str]:
        kept = next(k for k in range(len(new), -1, -1) if new[:k] == old[len(old) - k :])
        fresh = [message for message in new[kept:] if message.text not in self._errors]
        if len(fresh) > MOST_MESSAGES:
            yield f"{len(fresh) - MOST_MESSAGES} more messages were left out."
        yield from map(account.said, fresh[-MOST_MESSAGES:])

    def _silence(self, state: PrinterState, fresh: Freshness) -> Iterator[str]:
        """That a printer which is there says nothing, and that it does again."""
        is_silent = fresh.is_old and state.phase not in OUT_OF_REACH
        if is_silent and not self._silent:
            yield f"Nothing is heard of the printer: {fresh.heard}."
        elif self._silent and not fresh.is_old:
            yield "The printer is heard again."
        self._silent = is_silent

    def _readings(self, state: PrinterState, now: float, *, is_old: bool) -> Iterator[str]:
        every_s = self.temperatures_s
        if every_s is None or now - self._temperatures_at < every_s:
            return
        self._temperatures_at = now
        if state.phase not in OUT_OF_REACH:
            yield "; ".join(account.temperatures(state, is_old=is_old))


def _shape(text: str) -> str:
    """`text` without its numbers, which may change every second."""
    return _NUMBERS.sub("#", text)
