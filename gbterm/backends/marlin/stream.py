"""What waits for its turn, the file's commands and the host's own, and how it goes to the board."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.audit import PositionQuery
from gbterm.backends.marlin.flight import Flight
from gbterm.backends.marlin.layers import NEVER
from gbterm.backends.marlin.outgoing import Outgoing, Sent
from gbterm.backends.marlin.tally import Tally
from gbterm.backends.marlin.window import PLAIN_LINES, Window
from gbterm.gcode.whereabouts import Place

QUESTION_BYTES = 40
"""A numbered M118 with its word, and the line end before it."""

ProtocolEvent = parser.Line | outgoing.CoreEvent


class Stream:
    """Two queues, the host's own before the job's, and the flight that they feed."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.job: deque[Outgoing] = deque()
        """Commands of the file that were read ahead."""
        self.streaming = False
        """Whether commands of the file may go; the host's own always may."""
        self.stop_job_before = NEVER
        """The command of the file that may not go, nor any after it."""
        self.noted = NEVER
        """No command of the file after this one may go before it was noted that it may have."""
        self.acknowledged: Outgoing | None = None
        """The job's last command that has its ok."""
        self.tally = Tally()
        self.last_sent = 0
        """The job's last command that was ever sent."""
        self.motors_hold = False
        """Whether the motors are known to hold, so that a move of the file is no news."""
        self.gap = b" "
        """Between the number of a line and its command: empty for a board that needs none."""
        self._leads_to: Place | None = None
        """Where the planner ends after all that was sent, as far as the file alone says."""
        self.on_own_line: Callable[[int, Outgoing], None] = lambda _number, _line: None
        """Told each of the host's own lines once the board took it, with its number."""
        self.own: deque[Outgoing] = deque()
        self.flight = Flight()
        self.out: list[bytes] = []
        """Bytes that the port has not been given."""
        self.events: list[ProtocolEvent] = []
        """What happened that nobody was told yet."""

    # Queues.

    def send(self, line: Outgoing) -> None:
        """Queue one of the host's own commands, ahead of the job's."""
        self.own.append(line)

    def renumber(self, first_number: int) -> None:
        """Start the numbering at `first_number` with the next line, for a new job."""
        text = b"M110 N%d" % first_number
        self.own.append(Outgoing(text, restarts_numbering=True, number=first_number))
        self.prove()

    def prove(self) -> None:
        """Queue an M105. Its answer can't be mistaken, so it proves what was sent before."""
        self.own.append(Outgoing(b"M105"))

    def drop_job(self) -> None:
        """Forget the commands of the file that the board has not been given."""
        self._leads_to = None
        self.job.clear()
        self.streaming, self.stop_job_before = False, NEVER

    def clear(self) -> None:
        """Forget all that waits or is under way."""
        self.flight = Flight()
        self.own.clear()
        self.drop_job()

    def queue_again(self, lines: Iterable[Sent]) -> None:
        """Put lines that the board did not take back to the heads of their queues."""
        # What is sent again goes in another order: the host's own lines first.
        self._leads_to = None
        for line in reversed([sent.line for sent in lines]):
            (self.job if line.command else self.own).appendleft(line)
            if line.command and self.acknowledged and self.acknowledged.command >= line.command:
                end = max(0, line.end - len(line.text) - 1)
                self.acknowledged = Outgoing(b"", line.command - 1, max(0, line.line - 1), end)

    # How it stands.

    @property
    def asking(self) -> bytes:
        """The oldest command without an ok, empty where there is none."""
        return self.flight.lines[0].line.text if self.flight.lines else b""

    @property
    def filament_change(self) -> Outgoing | None:
        """The M600 that the board is at: the oldest command without an ok."""
        line = self.flight.lines[0].line if self.flight.lines else None
        return line if line is not None and line.changes_filament else None

    @property
    def is_changing_filament(self) -> bool:
        """Whether the board is at an M600."""
        return self.filament_change is not None

    @property
    def will_change_filament(self) -> bool:
        """Whether an M600 of the host's own waits or is under way."""
        return self.is_changing_filament or any(line.changes_filament for line in self.own)

    @property
    def owes_nothing_of_ours(self) -> bool:
        """Whether none of the host's own commands waits to be sent."""
        return not self.own

    @property
    def lines_under_way(self) -> int:
        """Lines sent that have no ok yet."""
        return len(self.flight.lines)

    # Sending, and what came of it.

    def fill_window(self, now: float) -> None:
        """Send as much as the window has room for."""
        while queue := self.own or (self._job_may_go and self.job):
            # A line alone always goes.
            if self.flight.lines and not self._may_follow(queue[0]):
                return
            self.transmit(queue.popleft(), now)

    def _may_follow(self, line: Outgoing) -> bool:
        flight = self.flight
        room = self.window.room(len(flight.lines), self.bytes_in_ring)
        if not room or flight.is_closed or line.goes_alone:
            return False
        return len(line.text) + len(b"N%d%b*255\n" % (flight.next_number, self.gap)) <= room

    @property
    def bytes_in_ring(self) -> int:
        """What may still be in the board's receive ring of all that was sent."""
        flight, window = self.flight, self.window
        if not window.counts_queue:
            return flight.size
        return flight.size - sum(sent.size for sent in islice(flight.lines, window.queued))

    @property
    def is_ring_full(self) -> bool:
        """Whether a question would not fit behind what the board's ring may hold."""
        if len(self.flight.lines) <= PLAIN_LINES:
            return False
        return self.bytes_in_ring + QUESTION_BYTES > self.window.ring_bytes

    @property
    def is_job_stopped(self) -> bool:
        """Whether the next command of the file is one that may not go yet."""
        return bool(self.job) and self.job[0].command >= self.stop_job_before

    @property
    def _job_may_go(self) -> bool:
        if not self.streaming or not self.job:
            return False
        line = self.job[0]
        if line.held or line.command >= self.stop_job_before or line.command > self.noted:
            return False
        return self.flight.is_numbering_proven

    def transmit(self, line: Outgoing, now: float) -> None:
        """Send `line` under the next number."""
        if line.command:
            self._leads_to = line.leads_to
            if line.command > self.last_sent:
                self.last_sent = line.command
        elif isinstance(line, PositionQuery):
            line.expected = self._leads_to
        elif not line.text.startswith(b"M"):
            self._leads_to = None
        self._put(self.flight.send(line, now, self.gap))

    def transmit_unnumbered(self, line: Outgoing, now: float) -> None:
        """Send `line` without a number, counted in the flight all the same."""
        self._put(self.flight.send_unnumbered(line, now))

    def _put(self, packet: bytes) -> None:
        tally = self.tally
        self.out.append(packet)
        tally.lines_sent += 1
        tally.bytes_sent += len(packet)

    def finish_queued(self, sent: Sent) -> None:
        """The board had executed `sent`, which may be queued to be sent again."""
        queue = self.job if sent.line.command else self.own
        if queue and queue[0] is sent.line:
            queue.popleft()
        self.finish(sent, was_heard=False)

    def finish(self, sent: Sent, *, was_heard: bool = True) -> None:
        """The board executed `sent`; `was_heard` is whether it said so itself."""
        line = sent.line
        if line.command:
            self.acknowledged = line
            if self.motors_hold and line.text[:1] == b"G" and line.text[:3] != b"G28":
                return
        else:
            self.on_own_line(sent.number or 0, line)
        self.events.append(outgoing.Answered(line, tuple(line.replies or ()), was_heard))
