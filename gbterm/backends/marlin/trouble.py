"""Finding out where the board is: the states of the stream, and what is known while it is out."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gbterm.backends.marlin import parser
from gbterm.backends.marlin.outgoing import Outgoing, Sent

UNKNOWN = "echo:Unknown command: "


class Sync(enum.Enum):
    """Whether the host knows what the board has taken."""

    OPEN = "open"
    QUIET = "quiet"
    """After an anomaly: nothing is sent until the line is quiet."""
    PROBING = "probing"
    AWAY = "away"
    """The cable is out: nothing is sent, and nothing is waited for."""
    STOPPED = "stopped"
    """Nothing is sent until `restart`."""


class Trigger(enum.Enum):
    """What moves `Sync` on."""

    ANOMALY = "anomaly"
    LINE_QUIET = "line quiet"
    PROVEN = "proven"
    UNPLUGGED = "unplugged"
    REPLUGGED = "replugged"
    STOP = "stop"
    RESTART = "restart"


TRANSITIONS: dict[tuple[Sync, Trigger], Sync] = {
    (Sync.OPEN, Trigger.ANOMALY): Sync.QUIET,
    (Sync.QUIET, Trigger.ANOMALY): Sync.QUIET,
    (Sync.PROBING, Trigger.ANOMALY): Sync.QUIET,
    (Sync.QUIET, Trigger.LINE_QUIET): Sync.PROBING,
    (Sync.PROBING, Trigger.PROVEN): Sync.OPEN,
    (Sync.OPEN, Trigger.UNPLUGGED): Sync.AWAY,
    (Sync.QUIET, Trigger.UNPLUGGED): Sync.AWAY,
    (Sync.PROBING, Trigger.UNPLUGGED): Sync.AWAY,
    (Sync.AWAY, Trigger.UNPLUGGED): Sync.AWAY,
    (Sync.AWAY, Trigger.REPLUGGED): Sync.QUIET,
    **{(sync, Trigger.STOP): Sync.STOPPED for sync in Sync},
    **{(sync, Trigger.RESTART): Sync.OPEN for sync in Sync},
}


@dataclass(slots=True)
class Probe:
    """A question, and whether the board took it; None while nobody knows.

    Its echo counts word for word, from M118 or from a firmware that doesn't know it: a probe whose
    N was damaged is echoed as an unknown command too, and proves nothing, since it ran without its
    number.
    """

    sent: Sent
    taken: bool | None = None

    @property
    def echoes(self) -> tuple[str, str]:
        """What the board says of it."""
        text = self.sent.line.text.decode()
        return f"echo:{text.removeprefix('M118 E1 ')}", f'{UNKNOWN}"{text}"'


@dataclass(slots=True)
class Trouble:
    """From the first anomaly to the agreement."""

    since: float
    owed: int
    """Lines that had no ok yet and that the board took."""
    highest: int
    """The highest number that a line was sent under."""
    quiet_since: float = 0.0
    times_asked: int = 0
    oks: int = 0
    resends: int = 0
    no_checksum: bool = False
    may_be_cut: bool = False
    """Whether the board threw its ring away while a line was on its way in."""
    unknown: int = 0
    """Commands that the board said it doesn't know: what is left of lines that were cut."""
    narrowed: bool = False
    """Whether the window fell back to one line for it."""
    was_unplugged: bool = False
    """Whether the cable was out, so that it may be another board, or one that restarted."""
    last_line: int | None = None
    """What the board said of its last line since its last Resend."""
    taken_back: dict[int, Sent] = field(default_factory=dict)
    """Lines that a Resend asked for, by the numbers that they had."""
    probe: Sent | None = None
    probes: list[Probe] = field(default_factory=list)
    """All that were sent, but for an M110."""

    @property
    def seen(self) -> bool:
        """Whether the probe's echo came."""
        return self._asks and self.probes[-1].taken is True

    @property
    def _asks(self) -> bool:
        """Whether the last probe has neither been refused nor given up."""
        return self.probe is not None and not self.probe.line.restarts_numbering

    def next_probe(self, word: str) -> Outgoing:
        """What to send to find out, with a `word` that was never said before."""
        self.times_asked += 1
        return Outgoing(b"M118 E1 " + word.encode())

    def asked(self, sent: Sent) -> None:
        """The probe is under way."""
        self.probe = sent
        self.highest = max(self.highest, sent.number or 0)
        if sent.line.restarts_numbering:
            # Numbers that were used before will mean other lines.
            self.taken_back.clear()
            self.probes.clear()
        else:
            self.probes.append(Probe(sent))

    @property
    def probes_sent(self) -> list[Sent]:
        """The lines of `probes`."""
        return [probe.sent for probe in self.probes]

    def hear(self, text: str) -> None:
        """The board said `text`."""
        for probe in self.probes:
            if text in probe.echoes:
                probe.taken = True
                return
        self.unknown += text.startswith(UNKNOWN)

    def refuse_probe(self) -> None:
        """The board asks for a line while the probe has no answer: it did not take it."""
        if self._asks and self.probes[-1].taken is None:
            self.probes[-1].taken = False

    def begin_again(self, now: float) -> None:
        """The cable is in again: what was asked before doesn't count."""
        self.since = self.quiet_since = now
        self.times_asked = 0
        self.was_unplugged = True

    def may_be_at(self, last_line: int, proven: int) -> bool:
        """Whether the board that was printing can have come so far; another board has not."""
        return proven <= last_line <= self.highest

    def forget_probe(self) -> None:
        """The probe was refused, or is sent again."""
        self.probe = None

    def taken(self, until: int) -> list[Sent]:
        """What the board took, of the probes and of what a Resend asked for, below number `until`.

        The last probe was taken under `until`. Each number below it went to the line that had it
        first, for which the Resend was false then, unless a probe may have been taken under it.
        """
        lines = dict(self.taken_back)
        asked = {p.sent.number or 0 for p in self.probes}
        for probe in self.probes:
            number = probe.sent.number or 0
            # What went before the probe can't have been taken after it.
            may_be = probe.taken is None and asked.issuperset(range(number + 1, until))
            if probe.taken or may_be:
                lines[number] = probe.sent
        return [sent for number, sent in sorted(lines.items()) if number < until]

    def answers_probe(self, ok: parser.Ok, *, advanced: bool) -> bool:
        """Whether `ok` can be that of the line that was sent to find out.

        A board says it right after the echo, also one of which a lie made believe that its oks are
        `advanced`.
        """
        if self.probe is None or ok.temperatures is not None:
            return False
        without_number = ok.number is None and (self.seen or not advanced)
        return ok.number == self.probe.number or without_number

    @property
    def was_only_slow(self) -> bool:
        """Whether every line that was owed an ok got it, and none was asked for again.

        A probe that was refused is the host's own doing.
        """
        return not self.taken_back and self.oks >= self.owed + self.resends

    def ran_unnumbered(self, lines_run: int) -> bool:
        """Whether the board ran a command without its number: an ok came that nothing explains,
        where `lines_run` were run of all that was under way and of the probes before the last.

        A byte that became a line end before the command letter does that: a number without a
        checksum is refused, and the rest runs. So does a line that was refused while the next one
        came in: Marlin throws away what it has of that (`flush_and_request_resend`), and the rest
        of it runs where the cut was just before the command letter.
        """
        explained = lines_run + self.resends + self.unknown
        return (self.no_checksum or self.may_be_cut) and self.oks > explained
