"""Coming to an agreement with the board again, after anything that should not have been.

The stream stops, lets the line go quiet, and then asks: one numbered `M118` with a word that was
never said before. The board runs its queue in order, so its echo proves that every line before it
is done with, and that its number was the one that the board wanted
(docs/decisions/0005-probe.md). Only then the window reopens, from one.
"""

from __future__ import annotations

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.outgoing import Sent
from gbterm.backends.marlin.patience import Patience
from gbterm.backends.marlin.stream import Stream
from gbterm.backends.marlin.tally import Damage
from gbterm.backends.marlin.trouble import TRANSITIONS, Sync, Trigger, Trouble

FRUITLESS_AT_MOST = 10


class Recovery:
    """Stops `stream` after an anomaly, and opens it again once the board has proven itself."""

    def __init__(self, stream: Stream, nonce: int) -> None:
        self._stream = stream
        self._nonce = nonce
        self.sync = Sync.STOPPED
        self.damage = Damage()
        self._forget()

    def _forget(self) -> None:
        self.patience = Patience()
        self.trouble: Trouble | None = None
        self._fruitless = 0
        self.damage.forget()

    def _move(self, trigger: Trigger) -> None:
        self.sync = TRANSITIONS[self.sync, trigger]

    def restart(self) -> None:
        """A new board, with which nothing went wrong yet."""
        self._move(Trigger.RESTART)
        self._forget()
        self._stream.clear()
        self._stream.window.restart()

    def stop(self) -> None:
        """Send nothing any more, until `restart`."""
        self._move(Trigger.STOP)
        self._forget()
        self._stream.clear()
        self._stream.out.clear()

    def board_reset(self) -> None:
        """The board restarted: the stream is lost."""
        self._stream.tally.errors["reset"] += 1
        self.stop()
        self._stream.events.append(outgoing.BoardReset())

    def is_heard(self, now: float) -> bool:
        """Whether the board said lately that it is busy."""
        return now < self.patience.alive_until

    # What was wrong.

    def anomaly(self, why: str, now: float) -> Trouble | None:
        """Stop sending and let the line go quiet; None where that was tried too often."""
        trouble = self._in_trouble(now)
        if self.sync is not Sync.QUIET:
            self._fruitless += 1
            trouble.quiet_since = now
        if self._fruitless > FRUITLESS_AT_MOST:
            self._give_up(f"{why}, {FRUITLESS_AT_MOST} times without getting on")
            return None
        self._move(Trigger.ANOMALY)
        return trouble

    def _in_trouble(self, now: float) -> Trouble:
        if self.trouble is None:
            flight = self._stream.flight
            self.trouble = Trouble(now, owed=len(flight.lines), highest=flight.next_number - 1)
        return self.trouble

    def unplug(self, now: float) -> None:
        """The cable is out: what is under way may have come through, or a part of it, or nothing.

        Nothing is sent or waited for until `replug`. Not while stopped.
        """
        self._in_trouble(now)
        self._move(Trigger.UNPLUGGED)
        self._stream.out.clear()
        self._stream.window.begin_again()

    def replug(self, now: float) -> None:
        """It is in again: let the line go quiet, then find out what the board has taken."""
        trouble = self._in_trouble(now)
        self._move(Trigger.REPLUGGED)
        self.patience.begin_again(now)
        trouble.begin_again(now)
        self._fruitless = 0
        self._take_probe_back(trouble)

    def stood_still(self, now: float) -> None:
        """Nobody listened for a while, until `now`: that was no silence of the board's."""
        if self.trouble is not None:
            self.trouble.since = now

    def getting_on(self) -> None:
        """An ok came as it should: what was tried before was not in vain."""
        self._fruitless = 0

    def refused(self, refused: parser.LineRefused, now: float) -> None:
        """The board said what is wrong with a line; the Resend follows."""
        self._stream.tally.errors[refused.kind] += 1
        if refused.last_line == 0 and self._stream.flight.is_numbering_proven:
            self.board_reset()
        elif trouble := self.anomaly(refused.text, now):
            trouble.no_checksum |= refused.kind == parser.NO_CHECKSUM
            trouble.last_line = refused.last_line

    def asked_again(self, resend: parser.Resend, now: float) -> None:
        """The board wants another line next than the host thinks."""
        self._stream.tally.resends += 1
        trouble = self.anomaly(f"the board asked for line {resend.number} again", now)
        if trouble is None:
            return
        trouble.resends += 1
        last_line, trouble.last_line = trouble.last_line, None
        if last_line is not None and last_line != resend.number - 1:
            return
        trouble.refuse_probe()
        flight = self._stream.flight
        if flight.proven < resend.number <= flight.next_number:
            if self._roll_back(resend.number, trouble) and not trouble.was_unplugged:
                self._count_damage(trouble)
        elif not flight.is_numbering_proven:
            self._roll_back(flight.first_number, trouble)
        elif (
            trouble.was_unplugged
            and last_line is not None
            and not trouble.may_be_at(last_line, flight.proven)
        ):
            self.board_reset()
        elif last_line is not None and resend.number <= trouble.highest + 1:
            # An older Resend was false: the board is past lines that were taken back.
            self._roll_back(flight.next_number - 1, trouble)
            flight.next_number = resend.number

    def _roll_back(self, number: int, trouble: Trouble) -> bool:
        """The board wants `number`: queue again what was sent under it or later, if anything."""
        flight = self._stream.flight
        again = [sent for sent in flight.roll_back(number) if sent not in trouble.probes_sent]
        trouble.may_be_cut |= len(again) > 1
        trouble.taken_back |= {sent.number or 0: sent for sent in again}
        trouble.owed = min(trouble.owed, len(flight.lines))
        self._stream.queue_again(again)
        trouble.forget_probe()
        return bool(again)

    def _count_damage(self, trouble: Trouble) -> None:
        stream = self._stream
        trouble.narrowed |= stream.window.fall_back()
        if damaged := self.damage.count(stream.tally.lines_sent):
            stream.events.append(outgoing.LinkDamaged(damaged))

    # Asking.

    def _ask(self, trouble: Trouble, now: float) -> None:
        """Send the probe, alone, under the number that the board should want.

        While the numbering's own M110 has no ok, that is sent again instead: it may be lost.
        """
        stream = self._stream
        if stream.flight.is_renumbering:
            self._roll_back(stream.flight.first_number, trouble)
        self._move(Trigger.LINE_QUIET)
        # A line end first: half a line may be in the board's buffer.
        stream.out.append(b"\n")
        self._nonce += 1
        probe = trouble.next_probe(f"gbterm:{self._nonce:x}.")
        if stream.own and stream.own[0].restarts_numbering:
            probe = stream.own.popleft()
        stream.transmit(probe, now)
        trouble.asked(stream.flight.lines[-1])

    def ok(self, ok: parser.Ok, trouble: Trouble, now: float) -> None:
        """An ok came in `trouble`: the probe's, or an older line's."""
        answers = trouble.answers_probe(ok, advanced=self._stream.flight.advanced_ok)
        if self.sync is Sync.PROBING and answers and trouble.probe is not None:
            if trouble.seen:
                self._stream.flight.advanced_ok = ok.number is not None
                self._agreed(trouble.probe, trouble, now)
                return
            if trouble.probe.line.restarts_numbering:
                for sent in self._stream.flight.credit(ok) or []:
                    self._stream.finish(sent)
                trouble.forget_probe()
                self._move(Trigger.ANOMALY)
                trouble.quiet_since = now
                return
        trouble.oks += 1
        if trouble.oks <= trouble.owed:
            # It goes on to the next line, and says within the same time that it is busy with it.
            self.patience.busy(now)

    def _agreed(self, probe: Sent, trouble: Trouble, now: float) -> None:
        self._stream.window.emptied()
        if not trouble.was_only_slow:
            trouble.narrowed |= self._stream.window.fall_back()
        self.patience.agreed(now, was_only_slow=trouble.was_only_slow)
        stream = self._stream
        landed = stream.flight.land_all(probe.number or 0)
        for sent in landed:
            if sent not in trouble.probes_sent:
                stream.finish(sent, was_heard=False)
        taken = trouble.taken(probe.number or 0)
        for sent in taken:
            stream.finish_queued(sent)
        stream.finish(probe)
        stray = trouble.ran_unnumbered(len(landed) - 1 + len(taken))
        self._move(Trigger.PROVEN)
        self.trouble = None
        stream.events.append(outgoing.TroubleEnded(stray, trouble.narrowed))

    def _give_up(self, why: str) -> None:
        self.stop()
        self._stream.events.append(outgoing.GaveUp(why))

    # Time.

    @property
    def next_deadline(self) -> float | None:
        """When `tick` should be called at the latest; None while nothing is awaited."""
        if self.sync is Sync.AWAY:
            return None
        if self.trouble is not None and self.sync is Sync.QUIET:
            return self.patience.quiet_at(self.trouble)
        if self.trouble is not None:
            return self.patience.ask_again_at(self.trouble, is_long=self._is_long)
        lines = self._stream.flight.lines
        if not lines:
            return None
        return self.patience.ok_due(lines[0], ring_is_full=self._stream.is_ring_full)

    def tick(self, now: float) -> None:
        """Let the time be `now`."""
        deadline = self.next_deadline
        if deadline is None or now < deadline:
            return
        trouble = self.trouble
        if trouble is None:
            self._no_ok(now)
        elif self.sync is Sync.QUIET:
            self._ask(trouble, now)
        elif now >= self.patience.silent_until(trouble, is_long=self._is_long):
            self._give_up("it does not answer")
        elif trouble.seen:
            self._no_ok(now)
        elif self._take_probe_back(trouble):
            self._move(Trigger.ANOMALY)
            self._ask(trouble, now)

    def _take_probe_back(self, trouble: Trouble) -> bool:
        """Whether one was under way that had no answer; its number is used again."""
        if trouble.seen or trouble.probe is None or trouble.probe.number is None:
            return False
        self._roll_back(trouble.probe.number, trouble)
        return True

    def _no_ok(self, now: float) -> None:
        self._stream.tally.errors["no_ok"] += 1
        self.anomaly("no ok came", now)

    @property
    def _is_long(self) -> bool:
        """Whether the board may be silent for minutes over what it has."""
        return any(sent.line.is_long for sent in self._stream.flight.lines)
