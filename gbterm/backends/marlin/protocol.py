"""The Marlin core without I/O: bytes and the time in, events and bytes out.

Correctness rests on line numbers and checksums alone; an ok is nothing but flow credit. What
waits and what is under way is the `Stream`'s; after any anomaly the `Recovery` has the word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.audit import PositionQuery, WhereMoved
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.recovery import Recovery
from gbterm.backends.marlin.stream import ProtocolEvent, Stream
from gbterm.backends.marlin.transcript import Transcript
from gbterm.backends.marlin.trouble import Sync, Trouble
from gbterm.backends.marlin.window import Window
from gbterm.events import PositionReported, TemperaturesReported

DOUBTFUL_AT_MOST = 200
_REPLIES = (parser.Text, parser.Fault, parser.FirmwareNamed, parser.CapabilityNamed)
_CARD_STATUS = ("SD printing byte ", "Not SD printing")
LONGEST_LINE = 4096


class Protocol(Stream):
    """One board's stream. `now` is any clock in seconds that never runs backwards."""

    def __init__(self, *, window: Window | None = None, nonce: int = 0) -> None:
        super().__init__(window or Window())
        self.recovery = Recovery(self, nonce)
        self.transcript = Transcript()
        self._buffer = b""
        self._tunes = False

    def restart(self, first_number: int) -> None:
        """Begin anew with a board of which nothing is known: numbering starts at `first_number`.

        `first_number` is at least 1000, so that `Last Line: 0` always means a reset.
        """
        self.recovery.restart()
        self.acknowledged = None
        self.renumber(first_number)

    def stop(self) -> None:
        """Send nothing any more, until `restart`."""
        self.recovery.stop()

    def unplug(self, now: float) -> None:
        """The cable is out: keep all that waits or is under way until `replug`, or `stop`."""
        self._buffer = b""
        self.recovery.unplug(now)

    def replug(self, now: float) -> None:
        """The cable is in again: find out what the board has taken, and go on from there.

        `TroubleEnded` tells that it is alive, `BoardReset` that it knows nothing of what it was
        sent, `GaveUp` that it says nothing.
        """
        self.recovery.replug(now)

    def stood_still(self, now: float) -> None:
        """Nobody called for a while, until `now`, and what the board said may be unread yet."""
        self.recovery.stood_still(now)

    # How it stands.

    @property
    def sync(self) -> Sync:
        """Whether the host knows what the board has taken."""
        return self.recovery.sync

    @property
    def trouble(self) -> Trouble | None:
        """What is known while the stream is out of order; None while it is in order."""
        return self.recovery.trouble

    @property
    def is_drained(self) -> bool:
        """Whether every line that was sent has its ok."""
        return self.sync is Sync.OPEN and not self.flight.lines

    @property
    def unread_bytes(self) -> int:
        """Bytes of a line that has not ended yet."""
        return len(self._buffer)

    # Sending.

    def send_now(self, line: Outgoing, *, parsed_early: bool, now: float) -> None:
        """Send M108, M876 or M410 past the window, but counted in it.

        Numbered where the firmware's emergency parser takes it (`parsed_early`) and the stream is
        in order; else unnumbered, since the number it would need may be taken by a line that the
        board has not read yet. The risk of the latter: a damaged byte makes it another command.
        """
        if self.sync in (Sync.STOPPED, Sync.AWAY):
            return
        if parsed_early and self.sync is Sync.OPEN:
            self.transmit(line, now)
        else:
            self.transmit_unnumbered(line, now)

    def data_to_send(self, now: float) -> bytes:
        """The bytes that may go to the board now."""
        if self.sync is Sync.OPEN:
            self.fill_window(now)
        self.transcript.sent(self.out, now)
        data = b"".join(self.out)
        self.out.clear()
        return data

    # What the board says, and time.

    def receive(self, data: bytes, now: float) -> list[ProtocolEvent]:
        """Take bytes from the board, in pieces of any size."""
        if data:
            self.recovery.patience.heard(now)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > LONGEST_LINE:
            lines.append(self._buffer[:LONGEST_LINE])
            self._buffer = b""
        for raw in lines:
            self.transcript.heard(raw, now)
            line = parser.parse(raw[:LONGEST_LINE])
            self._keep_reply(line, raw[:LONGEST_LINE])
            self._take(line, now)
        return self._taken_events()

    def _keep_reply(self, line: parser.Line, raw: bytes) -> None:
        """What the board says in answer to its oldest line, word for word, if somebody asked."""
        if self.trouble is None and self.flight.lines:
            asked = self.flight.lines[0].line
            if asked.replies is not None and answers(line, asked.text):
                asked.replies.append(parser.clean(raw))

    @property
    def next_deadline(self) -> float | None:
        """When `tick` should be called at the latest; None while nothing is awaited."""
        return self.recovery.next_deadline

    def tick(self, now: float) -> list[ProtocolEvent]:
        """Let the time be `now`."""
        self.recovery.tick(now)
        return self._taken_events()

    def _taken_events(self) -> list[ProtocolEvent]:
        events, self.events = self.events, []
        return events

    def _take(self, line: parser.Line, now: float) -> None:
        handle = self._HANDLERS.get(type(line))
        if handle is not None and self.sync is not Sync.STOPPED:
            handle(self, line, now)
        if isinstance(line, PositionReported):
            self.events.append(self._answered_position(line))
        elif not isinstance(line, parser.Ok):
            self.events.append(line)
        elif line.temperatures is not None:
            self.events.append(line.temperatures)

    def _on_text(self, text: parser.Text, now: float) -> None:
        if (begins := parser.tuning(text.text)) is not None:
            self._tunes = begins
        self._on_said(text, now)
        if self.trouble is not None:
            self.trouble.hear(text.text)

    def _on_said(self, _line: parser.Line, now: float) -> None:
        """In the middle of M303 whatever is said is a sign of life: it never says that it is busy.
        Past its end the same reports are no sign that its ok will come."""
        if self._tunes and outgoing.is_tuning(self.asking):
            self.recovery.patience.tuning(now)

    def _on_ok(self, ok: parser.Ok, now: float) -> None:
        self.tally.oks += 1
        if self.trouble is not None:
            self.recovery.ok(ok, self.trouble, now)
            return
        landed = self.flight.credit(ok)
        if landed is None:
            self.tally.errors["unasked_ok"] += 1
            self.recovery.anomaly("an ok that nobody asked for", now)
            return
        for sent in landed:
            self.finish(sent)
        if landed:
            self.recovery.getting_on()
            self.recovery.patience.answered(landed[-1], now)
            self.window.answered(len(landed))
            if ok.planner_free is not None and ok.queue_free is not None:
                self.window.told(ok.planner_free, ok.queue_free, len(self.flight.lines))
        doubts = len(self.flight.doubtful) >= DOUBTFUL_AT_MOST
        if doubts and not self.own and not self.flight.holds_m105:
            self.prove()

    def _answered_position(self, reported: PositionReported) -> PositionReported:
        """The same for who asked for it, if somebody did."""
        if self.trouble is not None or not self.flight.lines:
            return reported
        line = self.flight.lines[0].line
        if isinstance(line, PositionQuery):
            line.found = reported.position
        if isinstance(line, WhereMoved) and line.is_back(reported.position):
            line.is_told = True
            return replace(reported, moved=True)
        return reported

    def _on_busy(self, _busy: parser.Busy, now: float) -> None:
        self.recovery.patience.busy(now)

    def _on_heating(self, _heating: parser.Heating, now: float) -> None:
        self.recovery.patience.heating(now)

    def _on_banner(self, _banner: parser.Banner, _now: float) -> None:
        self.recovery.board_reset()

    def _on_halted(self, _halted: parser.Halted, _now: float) -> None:
        self.stop()

    def _on_fault(self, _fault: parser.Fault, _now: float) -> None:
        self.tally.errors["reported"] += 1

    def _on_refused(self, refused: parser.LineRefused, now: float) -> None:
        self.recovery.refused(refused, now)

    def _on_resend(self, resend: parser.Resend, now: float) -> None:
        self.recovery.asked_again(resend, now)

    _HANDLERS: ClassVar[dict[type, Callable[[Protocol, Any, float], None]]] = {
        parser.Ok: _on_ok,
        parser.Busy: _on_busy,
        parser.Heating: _on_heating,
        parser.Banner: _on_banner,
        parser.Halted: _on_halted,
        parser.Fault: _on_fault,
        parser.LineRefused: _on_refused,
        parser.Resend: _on_resend,
        parser.Text: _on_text,
        TemperaturesReported: _on_said,
    }


def answers(line: parser.Line, command: bytes) -> bool:
    if isinstance(line, PositionReported):
        # Others come by themselves.
        return command.startswith(b"M114")
    if isinstance(line, parser.Ok):
        return line.temperatures is not None
    if isinstance(line, parser.Text) and line.text.startswith(_CARD_STATUS):
        return command.startswith(b"M27")
    return isinstance(line, _REPLIES)
