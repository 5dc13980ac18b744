"""The Marlin core without I/O: bytes and the time in, events and bytes out.

Correctness rests on line numbers and checksums alone; an ok is nothing but flow credit. After any
anomaly the stream stops, lets the line go quiet, and then asks: one numbered `M118` with a word
that was never said before. The board runs its queue in order, so its echo proves that every line
before it is done with, and that its number was the one that the board wanted
(docs/decisions/0005-probe.md). Only then the window reopens, from one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.flight import Flight
from gbterm.backends.marlin.outgoing import Outgoing, Sent
from gbterm.backends.marlin.trouble import TRANSITIONS, Sync, Trigger, Trouble
from gbterm.backends.marlin.window import Window

ProtocolEvent = parser.Line | outgoing.CoreEvent

PATIENCE_S = 0.7
"""So long an ok may take before the board is asked; a lost ok must not cost more than a second."""
MOST_PATIENCE_S = 2.5
BUSY_S = 2.5
"""A busy board says so every 2 s (HOST_KEEPALIVE_INTERVAL)."""
HEATING_S = 1.6
"""M109 and M190 report every second."""
QUIET_AT_MOST_S = 0.5
QUIET_AWAITED_AT_MOST_S = 2.0
"""Reports that never pause must not keep the stream stopped; the probe is safe without quiet."""
ASK_AGAIN_S = (1.0, 5.0, 15.0)
SILENT_AT_MOST_S, LONG_SILENT_AT_MOST_S = 60.0, 900.0
FRUITLESS_AT_MOST = 10
DAMAGED_AT_MOST, DAMAGED_AMONG = 3, 1000
DOUBTFUL_AT_MOST = 200
LONGEST_LINE = 4096


class Protocol:
    """One board's stream. `now` is any clock in seconds that never runs backwards."""

    def __init__(self, *, window: Window | None = None, nonce: int = 0) -> None:
        self.window = window or Window()
        self.sync = Sync.STOPPED
        self.damaged_at_most = DAMAGED_AT_MOST
        self.job: deque[Outgoing] = deque()
        """Commands of the file that were read ahead."""
        self.streaming = False
        """Whether commands of the file may go; the host's own always may."""
        self.acknowledged: Outgoing | None = None
        """The job's last command that has its ok."""
        self.lines_sent = self.resends = 0
        self.on_own_line: Callable[[int, Outgoing], None] = lambda _number, _line: None
        """Told each of the host's own lines once the board took it, with its number."""
        self._nonce = nonce
        self._buffer = b""
        self._out: list[bytes] = []
        self._events: list[ProtocolEvent] = []
        self._own: deque[Outgoing] = deque()
        self._reset_stream()

    def _reset_stream(self) -> None:
        self._flight = Flight()
        self.trouble: Trouble | None = None
        """What is known while the stream is out of order; None while it is in order."""
        self._fruitless = 0
        self._damaged: deque[int] = deque()
        self._patience_s = PATIENCE_S
        self._rtt_s = QUIET_AT_MOST_S / 3
        self._last_byte = self._last_ok = self._alive_until = float("-inf")

    # What the host asks for.

    def restart(self, first_number: int) -> None:
        """Begin anew with a board of which nothing is known: numbering starts at `first_number`.

        `first_number` is at least 1000, so that `Last Line: 0` always means a reset.
        """
        self._move(Trigger.RESTART)
        self._reset_stream()
        self._own.clear()
        self.drop_job()
        self.acknowledged = None
        self.renumber(first_number)

    def renumber(self, first_number: int) -> None:
        """Start the numbering at `first_number` with the next line, for a new job."""
        text = b"M110 N%d" % first_number
        self._own.append(Outgoing(text, restarts_numbering=True, number=first_number))
        # Its answer can't be mistaken, so it proves that the M110 was taken.
        self._own.append(Outgoing(b"M105"))

    def send(self, line: Outgoing) -> None:
        """Queue one of the host's own commands, ahead of the job's."""
        self._own.append(line)

    def send_now(self, line: Outgoing, *, parsed_early: bool, now: float) -> None:
        """Send M108, M876 or M410 past the window, but counted in it.

        Numbered where the firmware's emergency parser takes it (`parsed_early`) and the stream is
        in order; else unnumbered, since the number it would need may be taken by a line that the
        board has not read yet. The risk of the latter: a damaged byte makes it another command.
        """
        if self.sync is Sync.STOPPED:
            return
        if parsed_early and self.sync is Sync.OPEN:
            self._transmit(line, now)
        else:
            self._out.append(self._flight.send_unnumbered(line, now))

    def drop_job(self) -> None:
        """Forget the commands of the file that the board has not been given."""
        self.job.clear()
        self.streaming = False

    def stop(self) -> None:
        """Send nothing any more, until `restart`."""
        self._move(Trigger.STOP)
        self._reset_stream()
        self._own.clear()
        self._out.clear()
        self.drop_job()

    # How it stands.

    @property
    def is_drained(self) -> bool:
        """Whether every line that was sent has its ok."""
        return self.sync is Sync.OPEN and not self._flight.lines

    @property
    def asking(self) -> bytes:
        """The oldest command without an ok, empty where there is none."""
        return self._flight.lines[0].line.text if self._flight.lines else b""

    @property
    def owes_nothing_of_ours(self) -> bool:
        """Whether none of the host's own commands waits to be sent."""
        return not self._own

    @property
    def unread_bytes(self) -> int:
        """Bytes of a line that has not ended yet."""
        return len(self._buffer)

    @property
    def lines_under_way(self) -> int:
        """Lines sent that have no ok yet."""
        return len(self._flight.lines)

    # Sending.

    def data_to_send(self, now: float) -> bytes:
        """The bytes that may go to the board now."""
        if self.sync is Sync.OPEN:
            self._fill_window(now)
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _fill_window(self, now: float) -> None:
        flight = self._flight
        while True:
            if self._own:
                queue = self._own
            elif self._job_may_go:
                queue = self.job
            else:
                return
            line = queue[0]
            if flight.lines and (line.restarts_numbering or flight.is_renumbering):
                return
            room = len(line.text) + len("N1234567 *255\n")
            if not self.window.has_room(len(flight.lines), flight.size, room):
                return
            self._transmit(queue.popleft(), now)

    @property
    def _job_may_go(self) -> bool:
        if not self.streaming or not self.job or self.job[0].held:
            return False
        return self._flight.is_numbering_proven

    def _transmit(self, line: Outgoing, now: float) -> None:
        self._out.append(self._flight.send(line, now))
        self.lines_sent += 1

    # What the board says.

    def receive(self, data: bytes, now: float) -> list[ProtocolEvent]:
        """Take bytes from the board, in pieces of any size."""
        if data:
            self._last_byte = now
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > LONGEST_LINE:
            lines.append(self._buffer[:LONGEST_LINE])
            self._buffer = b""
        for raw in lines:
            self._take(parser.parse(raw[:LONGEST_LINE]), now)
        return self._taken_events()

    def _taken_events(self) -> list[ProtocolEvent]:
        events, self._events = self._events, []
        return events

    def _take(self, line: parser.Line, now: float) -> None:
        handle = self._HANDLERS.get(type(line))
        if handle is not None and self.sync is not Sync.STOPPED:
            handle(self, line, now)
        if not isinstance(line, parser.Ok):
            self._events.append(line)
        elif line.temperatures is not None:
            self._events.append(line.temperatures)

    def _on_text(self, text: parser.Text, _now: float) -> None:
        if self.trouble is not None:
            self.trouble.hear(text.text)
        elif self._flight.lines and (replies := self._flight.lines[0].line.replies) is not None:
            replies.append(text.text)

    def _on_ok(self, ok: parser.Ok, now: float) -> None:
        if self.trouble is not None:
            self._ok_in_trouble(ok, self.trouble, now)
            return
        landed = self._flight.credit(ok)
        if landed is None:
            self._anomaly("an ok that nobody asked for", now)
            return
        for sent in landed:
            self._finish(sent)
        if landed:
            self._fruitless = 0
            self._last_ok = now
            self._rtt_s += (min(now - landed[-1].at, QUIET_AT_MOST_S) - self._rtt_s) / 8
        if len(self._flight.doubtful) >= DOUBTFUL_AT_MOST and not self._own:
            # The answer of an M105 can't be mistaken, so it proves what came before.
            self._own.append(Outgoing(b"M105"))

    def _finish(self, sent: Sent) -> None:
        line = sent.line
        if line.command:
            self.acknowledged = line
            if line.text.startswith(b"G"):
                return
        else:
            self.on_own_line(sent.number or 0, line)
        self._events.append(outgoing.Answered(line, tuple(line.replies or ())))

    def _on_busy(self, _busy: parser.Busy, now: float) -> None:
        self._alive_until = now + BUSY_S

    def _on_heating(self, _heating: parser.Heating, now: float) -> None:
        self._alive_until = max(self._alive_until, now + HEATING_S)

    def _on_banner(self, _banner: parser.Banner, _now: float) -> None:
        self._board_reset()

    def _on_halted(self, _halted: parser.Halted, _now: float) -> None:
        self.stop()

    def _board_reset(self) -> None:
        self.stop()
        self._events.append(outgoing.BoardReset())

    # Resynchronising.

    def _on_refused(self, refused: parser.LineRefused, now: float) -> None:
        if refused.last_line == 0 and self._flight.is_numbering_proven:
            self._board_reset()
        elif trouble := self._anomaly(refused.text, now):
            trouble.no_checksum |= refused.no_checksum
            trouble.last_line = refused.last_line

    def _on_resend(self, resend: parser.Resend, now: float) -> None:
        self.resends += 1
        trouble = self._anomaly(f"the board asked for line {resend.number} again", now)
        if trouble is None:
            return
        trouble.resends += 1
        last_line, trouble.last_line = trouble.last_line, None
        if last_line is not None and last_line != resend.number - 1:
            return
        if self._flight.proven < resend.number <= self._flight.next_number:
            self._roll_back(resend.number, trouble)
        elif not self._flight.is_numbering_proven:
            self._roll_back(self._flight.first_number, trouble)
        elif last_line is not None and trouble.taken_back:
            self._roll_forward(resend.number, trouble)

    def _anomaly(self, why: str, now: float) -> Trouble | None:
        """Stop sending and let the line go quiet; None where that was tried too often."""
        if self.trouble is None:
            self.trouble = Trouble(since=now, owed=len(self._flight.lines))
        if self.sync is not Sync.QUIET:
            self._fruitless += 1
            self.trouble.quiet_since = now
        if self._fruitless > FRUITLESS_AT_MOST:
            self._give_up(f"{why}, {FRUITLESS_AT_MOST} times without getting on")
            return None
        self._move(Trigger.ANOMALY)
        return self.trouble

    def _roll_back(self, number: int, trouble: Trouble) -> None:
        """The board wants `number`: queue again what was sent under it or later."""
        again = [sent for sent in self._flight.roll_back(number) if sent is not trouble.probe]
        if again:
            self._count_damage()
            trouble.taken_back = again
        trouble.owed = min(trouble.owed, len(self._flight.lines))
        for line in reversed([sent.line for sent in again]):
            (self.job if line.command else self._own).appendleft(line)
            if line.command and self.acknowledged and self.acknowledged.command >= line.command:
                end = max(0, line.end - len(line.text) - 1)
                self.acknowledged = Outgoing(b"", command=line.command - 1, end=end)
        trouble.forget_probe()

    def _roll_forward(self, number: int, trouble: Trouble) -> None:
        """The board refused the probe and wants a later `number`: an older Resend was false.

        It is past lines that were taken back, so it took each of them when it was sent.
        """
        if number > (trouble.taken_back[-1].number or 0) + 1:
            return
        for sent in self._flight.land_all(self._flight.proven):
            if sent is not trouble.probe:
                self._finish(sent)
        for sent in trouble.taken_back:
            queue = self.job if sent.line.command else self._own
            if (sent.number or 0) < number and queue and queue[0] is sent.line:
                self._finish(sent)
                queue.popleft()
        self._flight.next_number = number
        trouble.taken_back.clear()
        trouble.forget_probe()

    def _count_damage(self) -> None:
        self.window.fall_back()
        self._damaged.append(self.lines_sent)
        while self._damaged[0] <= self.lines_sent - DAMAGED_AMONG:
            self._damaged.popleft()
        if len(self._damaged) > self.damaged_at_most:
            self._events.append(outgoing.LinkDamaged(len(self._damaged)))
            self._damaged.clear()

    def _ask(self, trouble: Trouble, now: float) -> None:
        """Send the probe, alone, under the number that the board should want.

        While the numbering's own M110 has no ok, that is sent again instead: it may be lost.
        """
        if self._flight.is_renumbering:
            self._roll_back(self._flight.first_number, trouble)
        self._move(Trigger.LINE_QUIET)
        # A line end first: half a line may be in the board's buffer.
        self._out.append(b"\n")
        self._nonce += 1
        probe = trouble.ask(f"gbterm:{self._nonce:x}.")
        if self._own and self._own[0].restarts_numbering:
            probe = self._own.popleft()
        self._transmit(probe, now)
        trouble.probe = self._flight.lines[-1]

    def _ok_in_trouble(self, ok: parser.Ok, trouble: Trouble, now: float) -> None:
        answers = trouble.answers_probe(ok, advanced=self._flight.advanced_ok)
        if self.sync is Sync.PROBING and answers and trouble.probe is not None:
            if trouble.seen:
                self._agreed(trouble.probe, trouble, now)
                return
            if trouble.probe.line.restarts_numbering:
                for sent in self._flight.credit(ok) or []:
                    self._finish(sent)
                trouble.forget_probe()
                self._move(Trigger.ANOMALY)
                trouble.quiet_since = now
                return
        trouble.oks += 1

    def _agreed(self, probe: Sent, trouble: Trouble, now: float) -> None:
        if trouble.was_only_slow:
            self._patience_s = min(self._patience_s * 1.5, MOST_PATIENCE_S)
        else:
            self.window.fall_back()
        for sent in self._flight.land_all(probe.number or 0):
            self._finish(sent)
        self._last_ok = now
        self._move(Trigger.PROVEN)
        self.trouble = None
        self._events.append(outgoing.TroubleEnded(trouble.ran_unnumbered))

    def _give_up(self, why: str) -> None:
        self.stop()
        self._events.append(outgoing.GaveUp(why))

    def _move(self, trigger: Trigger) -> None:
        self.sync = TRANSITIONS[self.sync, trigger]

    # Time.

    @property
    def next_deadline(self) -> float | None:
        """When `tick` should be called at the latest; None while nothing is awaited."""
        if self.trouble is not None and self.sync is Sync.QUIET:
            quiet = self._last_byte + min(3 * self._rtt_s, QUIET_AT_MOST_S)
            return min(quiet, self.trouble.quiet_since + QUIET_AWAITED_AT_MOST_S)
        if self.trouble is not None:
            return self._ask_again_at(self.trouble)
        if self._flight.lines:
            waited_from = max(self._flight.lines[0].at, self._last_ok)
            return max(waited_from + self._patience_s, self._alive_until)
        return None

    def tick(self, now: float) -> list[ProtocolEvent]:
        """Let the time be `now`."""
        deadline = self.next_deadline
        if deadline is None or now < deadline:
            return []
        trouble = self.trouble
        if trouble is None:
            self._anomaly("no ok came", now)
        elif self.sync is Sync.QUIET:
            self._ask(trouble, now)
        elif now >= self._silent_until(trouble):
            self._give_up("it does not answer")
        elif trouble.seen:
            self._anomaly("no ok came", now)
        elif trouble.probe is not None and trouble.probe.number is not None:
            self._roll_back(trouble.probe.number, trouble)
            self._move(Trigger.ANOMALY)
            self._ask(trouble, now)
        return self._taken_events()

    def _ask_again_at(self, trouble: Trouble) -> float:
        if trouble.times_asked > len(ASK_AGAIN_S):
            return self._silent_until(trouble)
        asked_at = trouble.probe.at if trouble.probe else self._last_byte
        again = asked_at + ASK_AGAIN_S[max(0, trouble.times_asked - 1)]
        return min(max(again, self._alive_until), self._silent_until(trouble))

    def _silent_until(self, trouble: Trouble) -> float:
        long = any(sent.line.is_long for sent in self._flight.lines)
        limit = LONG_SILENT_AT_MOST_S if long else SILENT_AT_MOST_S
        return max(trouble.since, self._alive_until) + limit

    _HANDLERS: ClassVar[dict[type, Callable[[Protocol, Any, float], None]]] = {
        parser.Ok: _on_ok,
        parser.Busy: _on_busy,
        parser.Heating: _on_heating,
        parser.Banner: _on_banner,
        parser.Halted: _on_halted,
        parser.LineRefused: _on_refused,
        parser.Resend: _on_resend,
        parser.Text: _on_text,
    }
