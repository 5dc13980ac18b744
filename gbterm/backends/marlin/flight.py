"""The lines under way, which of them an ok answers, and what the board has provably taken."""

from __future__ import annotations

from collections import deque

from gbterm.backends.marlin import parser
from gbterm.backends.marlin.outgoing import Outgoing, Sent
from gbterm.backends.marlin.packet import numbered


class Flight:
    """Lines sent, in order: those without an ok, and those whose ok proves nothing."""

    def __init__(self) -> None:
        self.lines: deque[Sent] = deque()
        self.size = 0
        """Bytes of `lines`."""
        self.doubtful: deque[Sent] = deque()
        """Lines with an ok since the last proof: an ok too many may have answered for them."""
        self.first_number = self.next_number = 1
        self.proven = 0
        """The highest number that the board has provably taken. Nothing up to it is sent again."""
        self.advanced_ok = False
        """Whether oks name their line (`ok N…`)."""

    @property
    def is_renumbering(self) -> bool:
        """Whether M110 is under way. It goes alone: Marlin sets the number once more when it
        executes it (M110.cpp), back over lines that it has accepted meanwhile."""
        return bool(self.lines) and self.lines[0].line.restarts_numbering

    @property
    def is_closed(self) -> bool:
        """Whether nothing goes behind the last line. It may wait for minutes, for a heater or for
        somebody: what lies behind it would fill the ring that an answer has to pass, and would run
        after a cancel has ended the wait."""
        return bool(self.lines) and self.lines[-1].line.goes_alone

    @property
    def holds_m105(self) -> bool:
        """Whether a line is under way whose answer will prove the lines before it; a second one
        beside it would leave open which of the two was answered."""
        return any(sent.line.is_m105 for sent in self.lines)

    @property
    def is_numbering_proven(self) -> bool:
        """Whether the board has provably taken the M110 that the numbering began with.

        No line of a job is sent before: until then whatever went may go again, and after it
        `Last Line: 0` is a reset.
        """
        return self.proven >= self.first_number

    def send(self, line: Outgoing, now: float, gap: bytes = b" ") -> bytes:
        """The packet of `line`, which is under way from now on."""
        if line.restarts_numbering:
            self.first_number = self.next_number = line.number
            self.proven = line.number - 1
            self.doubtful.clear()
        line.number = self.next_number
        self.next_number += 1
        return self._add(Sent(line.number, line, now), numbered(line.number, line.text, gap))

    def send_unnumbered(self, line: Outgoing, now: float) -> bytes:
        """The same without number and checksum."""
        return self._add(Sent(None, line, now), line.text + b"\n")

    def _add(self, sent: Sent, packet: bytes) -> bytes:
        sent.size = len(packet)
        self.lines.append(sent)
        self.size += sent.size
        return packet

    def credit(self, ok: parser.Ok) -> list[Sent] | None:
        """The lines that `ok` answers, which have landed with it; None where nobody asked for it.

        None of them where it only says again what is known.
        """
        if ok.number is not None:
            return self._credit_number(ok.number)
        if ok.temperatures is not None:
            return self._credit_m105()
        if not self.lines or self.lines[0].line.is_m105:
            return None
        if self.advanced_ok and self.lines[0].number is not None:
            return self._credit_unnumbered()
        return self._land(1, proven=False)

    def _credit_number(self, number: int) -> list[Sent] | None:
        for count, sent in enumerate(self.lines, 1):
            if sent.number == number:
                self.advanced_ok = True
                # A skip may be lost oks, or a damaged digit: credit, but no proof.
                return self._land(count, proven=count == 1)
        return [] if number < self.next_number else None

    def _credit_m105(self) -> list[Sent] | None:
        m105s = [count for count, sent in enumerate(self.lines, 1) if sent.line.is_m105]
        return self._land(m105s[0], proven=len(m105s) == 1) if m105s else None

    def _credit_unnumbered(self) -> list[Sent] | None:
        """An ok without a number: that of M108 and its like, where they went unnumbered."""
        for sent in self.lines:
            if sent.number is None:
                self.lines.remove(sent)
                self.size -= sent.size
                return [sent]
        return None

    def _land(self, count: int, *, proven: bool) -> list[Sent]:
        landed = [self.lines.popleft() for _ in range(count)]
        self.size -= sum(sent.size for sent in landed)
        if proven:
            self.proven = max(self.proven, landed[-1].number or 0)
            self.doubtful.clear()
        else:
            self.doubtful.extend(landed)
        return landed

    def land_all(self, proven: int) -> list[Sent]:
        """Every line up to the number `proven` was taken, and nothing is under way."""
        landed = list(self.lines)
        self.lines.clear()
        self.size = 0
        self.doubtful.clear()
        self.proven = proven
        return landed

    def roll_back(self, number: int) -> list[Sent]:
        """The board wants `number` next: what was sent under it or later, to be sent again."""
        lines = [*self.doubtful, *self.lines]
        self.lines = deque(s for s in self.lines if s.number is None or s.number < number)
        self.size = sum(sent.size for sent in self.lines)
        self.doubtful = deque(s for s in self.doubtful if (s.number or 0) < number)
        self.next_number = number
        return [sent for sent in lines if sent.number is not None and sent.number >= number]
