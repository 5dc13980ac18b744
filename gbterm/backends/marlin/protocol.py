"""The Marlin core without I/O: bytes and the time in, events and bytes out.

Correctness rests on line numbers and checksums alone; an ok is nothing but flow credit. After any
anomaly the stream stops, lets the line go quiet, and then asks: one numbered `M118` with a word
that was never said before. The board runs its queue in order, so its echo proves that every line
before it is done with, and that its number was the one that the board wanted
(docs/decisions/0005-probe.md). Only then the window reopens, from one.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.outgoing import Outgoing, Sent
from gbterm.backends.marlin.packet import numbered
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


class Sync(enum.Enum):
    """Whether the host knows what the board has taken."""

    OPEN = "open"
    QUIET = "quiet"
    """After an anomaly: nothing is sent until the line is quiet."""
    PROBING = "probing"
    STOPPED = "stopped"
    """Nothing is sent until `restart`."""


class Trigger(enum.Enum):
    """What moves `Sync` on."""

    ANOMALY = "anomaly"
    LINE_QUIET = "line quiet"
    PROVEN = "proven"
    STOP = "stop"
    RESTART = "restart"


TRANSITIONS: dict[tuple[Sync, Trigger], Sync] = {
    (Sync.OPEN, Trigger.ANOMALY): Sync.QUIET,
    (Sync.QUIET, Trigger.ANOMALY): Sync.QUIET,
    (Sync.PROBING, Trigger.ANOMALY): Sync.QUIET,
    (Sync.QUIET, Trigger.LINE_QUIET): Sync.PROBING,
    (Sync.PROBING, Trigger.PROVEN): Sync.OPEN,
    **{(sync, Trigger.STOP): Sync.STOPPED for sync in Sync},
    **{(sync, Trigger.RESTART): Sync.OPEN for sync in Sync},
}


class Protocol:
    """One board's stream. `now` is any clock in seconds that never runs backwards."""

    def __init__(self, *, window: Window | None = None, nonce: int = 0) -> None:
        self.window = window or Window()
        self.sync = Sync.STOPPED
        self.advanced_ok = False
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
        self._flight: deque[Sent] = deque()
        self._flight_bytes = 0
        self._doubtful: deque[Sent] = deque()
        self._next = 1
        self._proven = 0
        self._fruitless = 0
        self._damaged: deque[int] = deque()
        self._patience_s = PATIENCE_S
        self._rtt_s = QUIET_AT_MOST_S / 3
        self._last_byte = self._last_ok = self._alive_until = float("-inf")
        self._reset_trouble()

    def _reset_trouble(self) -> None:
        self.trouble_since: float | None = None
        self.times_asked = 0
        self._quiet_since = 0.0
        self._probe: Sent | None = None
        self._probe_seen = False
        self._probe_word = ""
        self._trouble_oks = self._trouble_resends = self._owed = 0
        self._no_checksum = False
        self._refused_at: int | None = None

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
            return
        packet = line.text + b"\n"
        self._flight.append(Sent(None, line, len(packet), now))
        self._flight_bytes += len(packet)
        self._out.append(packet)

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

    @property
    def is_drained(self) -> bool:
        """Whether every line that was sent has its ok."""
        return self.sync is Sync.OPEN and not self._flight

    @property
    def asking(self) -> bytes:
        """The oldest command without an ok, empty where there is none."""
        return self._flight[0].line.text if self._flight else b""

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
        return len(self._flight)

    def data_to_send(self, now: float) -> bytes:
        """The bytes that may go to the board now."""
        if self.sync is Sync.OPEN:
            self._fill_window(now)
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _fill_window(self, now: float) -> None:
        while True:
            if self._own:
                queue = self._own
            elif self.streaming and self.job and not self.job[0].held:
                queue = self.job
            else:
                return
            line = queue[0]
            if self._flight and (line.restarts_numbering or self._numbering_anew):
                return
            room = len(line.text) + len("N1234567 *255\n")
            if not self.window.has_room(len(self._flight), self._flight_bytes, room):
                return
            self._transmit(queue.popleft(), now)

    @property
    def _numbering_anew(self) -> bool:
        """Whether M110 is under way. It goes alone: Marlin sets the number once more when it
        executes it (M110.cpp), back over lines that it has accepted meanwhile."""
        return self._flight[0].line.restarts_numbering

    def _transmit(self, line: Outgoing, now: float) -> None:
        if line.restarts_numbering:
            self._next, self._proven = line.number, line.number - 1
            self._doubtful.clear()
        line.number = self._next
        packet = numbered(line.number, line.text)
        self._flight.append(Sent(line.number, line, len(packet), now))
        self._flight_bytes += len(packet)
        self._next += 1
        self.lines_sent += 1
        self._out.append(packet)

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
        if handle is not None:
            handle(self, line, now)
        else:
            self._remember_reply(line)
        if not isinstance(line, parser.Ok):
            self._events.append(line)
        elif line.temperatures is not None:
            self._events.append(line.temperatures)

    def _remember_reply(self, line: parser.Line) -> None:
        if isinstance(line, parser.Text):
            if self._probe_word and line.text in self._probe_echoes():
                self._probe_seen = True
            elif self._flight and (replies := self._flight[0].line.replies) is not None:
                replies.append(line.text)

    def _on_ok(self, ok: parser.Ok, now: float) -> None:
        if self.sync is Sync.STOPPED:
            return
        if self.sync is not Sync.OPEN:
            self._ok_in_trouble(ok, now)
        elif not self._credit(ok, now):
            self._anomaly("an ok that nobody asked for", now)

    def _credit(self, ok: parser.Ok, now: float) -> bool:
        """Retire the lines that `ok` answers; False where it answers none."""
        flight = self._flight
        if not flight:
            # Numbered, it says nothing new: that line has its ok already.
            return ok.number is not None
        front = flight[0]
        if ok.number is None and ok.temperatures is None and not front.line.is_m105:
            if self.advanced_ok and front.number is not None:
                return self._credit_unnumbered()
            self._retire(1, now, proven=False)
            return True
        if ok.number is not None:
            self.advanced_ok = True
            return self._credit_number(ok.number, now)
        m105s = [index for index, sent in enumerate(flight) if sent.line.is_m105]
        if ok.temperatures is None or not m105s:
            return False
        self._retire(m105s[0] + 1, now, proven=len(m105s) == 1)
        return True

    def _credit_number(self, number: int, now: float) -> bool:
        for count, sent in enumerate(self._flight, 1):
            if sent.number == number:
                # A skip may be lost oks, or a damaged digit: credit, but no proof.
                self._retire(count, now, proven=count == 1)
                return True
        return number < self._next

    def _credit_unnumbered(self) -> bool:
        """An ok without a number: that of M108 and its like, where they went unnumbered."""
        for sent in self._flight:
            if sent.number is None:
                self._flight.remove(sent)
                self._flight_bytes -= sent.size
                self._finish(sent)
                return True
        return False

    def _retire(self, count: int, now: float, *, proven: bool) -> None:
        for _ in range(count):
            sent = self._flight.popleft()
            self._flight_bytes -= sent.size
            self._finish(sent)
            self._doubtful.append(sent)
        self._fruitless = 0
        if proven:
            self._proven = max(self._proven, sent.number or 0)
            self._doubtful.clear()
        elif len(self._doubtful) >= DOUBTFUL_AT_MOST and not any(o.is_m105 for o in self._own):
            self._own.append(Outgoing(b"M105"))
        if count == 1:
            self._rtt_s += (min(now - sent.at, QUIET_AT_MOST_S) - self._rtt_s) / 8
        self._last_ok = now

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
        if self.sync is not Sync.STOPPED:
            self._board_reset()

    def _on_halted(self, _halted: parser.Halted, _now: float) -> None:
        self.stop()

    def _board_reset(self) -> None:
        self.stop()
        self._events.append(outgoing.BoardReset())

    # Resynchronising.

    def _on_refused(self, refused: parser.LineRefused, now: float) -> None:
        if self.sync is Sync.STOPPED:
            return
        self._no_checksum |= refused.no_checksum
        self._refused_at = refused.last_line
        if refused.last_line == 0 and not self._renumbering():
            self._board_reset()
            return
        self._anomaly(refused.text, now)

    def _on_resend(self, resend: parser.Resend, now: float) -> None:
        if self.sync is Sync.STOPPED:
            return
        self.resends += 1
        last_line, self._refused_at = self._refused_at, None
        self._anomaly(f"the board asked for line {resend.number} again", now)
        self._trouble_resends += 1
        if last_line is not None and last_line != resend.number - 1:
            return
        if self._proven < resend.number <= self._next:
            self._roll_back(resend.number)
        elif self._renumbering():
            self._roll_back(self._proven + 1)

    def _renumbering(self) -> bool:
        """Whether the board may not have taken the M110 yet that the numbering begins with."""
        lines = [sent.line for sent in (*self._doubtful, *self._flight)] + list(self._own)
        return bool(lines) and lines[0].restarts_numbering

    def _anomaly(self, why: str, now: float) -> None:
        if self.sync is Sync.OPEN:
            self._reset_trouble()
            self.trouble_since = now
            self._owed = len(self._flight)
            self._events.append(outgoing.TroubleBegan(why))
        if self.sync is not Sync.QUIET:
            self._fruitless += 1
            self._quiet_since = now
        if self._fruitless > FRUITLESS_AT_MOST:
            self._give_up(f"{why}, {FRUITLESS_AT_MOST} times without getting on")
            return
        self._move(Trigger.ANOMALY)

    def _roll_back(self, number: int) -> None:
        """The board wants `number`: what was sent under it or later goes again."""
        lines = [*self._doubtful, *self._flight]
        again = [s.line for s in lines if s.number is not None and s.number >= number]
        if any(sent is not self._probe for sent in lines if (sent.number or 0) >= number):
            self._count_damage()
        kept = [s for s in self._flight if s.number is None or s.number < number]
        self._owed = min(self._owed, len(kept))
        self._flight = deque(kept)
        self._flight_bytes = sum(sent.size for sent in kept)
        self._doubtful = deque(s for s in self._doubtful if (s.number or 0) < number)
        for line in reversed([line for line in again if line is not self._probe_line()]):
            (self.job if line.command else self._own).appendleft(line)
            if line.command and self.acknowledged and self.acknowledged.command >= line.command:
                self.acknowledged = self._before(line)
        self._next = number
        self._probe, self._probe_word = None, ""

    def _before(self, line: Outgoing) -> Outgoing:
        return Outgoing(b"", command=line.command - 1, end=max(0, line.end - len(line.text) - 1))

    def _probe_line(self) -> Outgoing | None:
        return self._probe.line if self._probe else None

    def _count_damage(self) -> None:
        self.window.fall_back()
        self._damaged.append(self.lines_sent)
        while self._damaged[0] <= self.lines_sent - DAMAGED_AMONG:
            self._damaged.popleft()
        if len(self._damaged) > self.damaged_at_most:
            self._events.append(outgoing.LinkDamaged(len(self._damaged)))
            self._damaged.clear()

    def _ask(self, now: float) -> None:
        """Send the probe, alone, under the number that the board should want."""
        self._move(Trigger.LINE_QUIET)
        self._nonce += 1
        self._probe_word = f"gbterm:{self._nonce:x}."
        self._probe_seen = False
        # A line end first: half a line may be in the board's buffer.
        self._out.append(b"\n")
        if self._own and self._own[0].restarts_numbering:
            self._transmit(self._own.popleft(), now)
        else:
            self._transmit(Outgoing(b"M118 E1 " + self._probe_word.encode()), now)
        self._probe = self._flight[-1]
        self.times_asked += 1

    def _probe_echoes(self) -> tuple[str, str]:
        """What the board says to the probe; the second where it doesn't know M118.

        Word for word: a probe whose N was damaged is echoed as an unknown command too, and proves
        nothing, since it ran without its number.
        """
        word = self._probe_word
        return f"echo:{word}", f'echo:Unknown command: "M118 E1 {word}"'

    def _ok_in_trouble(self, ok: parser.Ok, now: float) -> None:
        probe = self._probe
        numbers = (probe.number,) if probe and self.advanced_ok else (None, probe and probe.number)
        self._trouble_oks += 1
        if (
            self.sync is not Sync.PROBING
            or probe is None
            or ok.temperatures
            or ok.number not in numbers
        ):
            return
        if self._probe_seen:
            self._trouble_oks -= 1
            self._agreed(probe, now)
        elif probe.line.restarts_numbering:
            self._move(Trigger.ANOMALY)
            self._quiet_since = now

    def _agreed(self, probe: Sent, now: float) -> None:
        stray = self._no_checksum and self._trouble_oks > self._owed + self._trouble_resends
        if not self._trouble_resends and self._trouble_oks >= self._owed:
            # Nothing was lost, the board was only slow: ask later next time.
            self._patience_s = min(self._patience_s * 1.5, MOST_PATIENCE_S)
        else:
            self.window.fall_back()
        for sent in self._flight:
            self._finish(sent)
        self._flight.clear()
        self._flight_bytes = 0
        self._doubtful.clear()
        self._proven = probe.number or 0
        self._last_ok = now
        self._move(Trigger.PROVEN)
        self._reset_trouble()
        self._events.append(outgoing.TroubleEnded(stray))

    def _give_up(self, why: str) -> None:
        self.stop()
        self._events.append(outgoing.GaveUp(why))

    def _move(self, trigger: Trigger) -> None:
        self.sync = TRANSITIONS[self.sync, trigger]

    # Time.

    @property
    def next_deadline(self) -> float | None:
        """When `tick` should be called at the latest; None while nothing is awaited."""
        if self.sync is Sync.QUIET:
            quiet = self._last_byte + min(3 * self._rtt_s, QUIET_AT_MOST_S)
            return min(quiet, self._quiet_since + QUIET_AWAITED_AT_MOST_S)
        if self.sync is Sync.PROBING:
            return self._ask_again_at()
        if self.sync is Sync.OPEN and self._flight:
            waited_from = max(self._flight[0].at, self._last_ok)
            return max(waited_from + self._patience_s, self._alive_until)
        return None

    def tick(self, now: float) -> list[ProtocolEvent]:
        """Let the time be `now`."""
        deadline = self.next_deadline
        if deadline is None or now < deadline:
            return []
        if self.sync is Sync.OPEN:
            self._anomaly("no ok came", now)
        elif self.sync is Sync.QUIET:
            self._ask(now)
        elif now >= self._silent_until():
            self._give_up("it does not answer")
        elif self._probe_seen:
            self._anomaly("no ok came", now)
        elif self._probe is not None and self._probe.number is not None:
            self._roll_back(self._probe.number)
            self._ask_anew(now)
        return self._taken_events()

    def _ask_anew(self, now: float) -> None:
        self._move(Trigger.ANOMALY)
        self._ask(now)

    def _ask_again_at(self) -> float:
        asked_at = self._probe.at if self._probe else self._last_byte
        if self.times_asked > len(ASK_AGAIN_S):
            return self._silent_until()
        again = asked_at + ASK_AGAIN_S[max(0, self.times_asked - 1)]
        return min(max(again, self._alive_until), max(self._silent_until(), self._alive_until))

    def _silent_until(self) -> float:
        long = any(sent.line.is_long for sent in self._flight)
        limit = LONG_SILENT_AT_MOST_S if long else SILENT_AT_MOST_S
        since = self.trouble_since if self.trouble_since is not None else self._last_byte
        return max(since, self._alive_until) + limit

    _HANDLERS: ClassVar[dict[type, Callable[[Protocol, Any, float], None]]] = {
        parser.Ok: _on_ok,
        parser.Busy: _on_busy,
        parser.Heating: _on_heating,
        parser.Banner: _on_banner,
        parser.Halted: _on_halted,
        parser.LineRefused: _on_refused,
        parser.Resend: _on_resend,
    }
