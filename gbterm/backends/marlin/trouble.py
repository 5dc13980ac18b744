"""Finding out where the board is: the states of the stream, and what is known while it is out."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gbterm.backends.marlin import parser
from gbterm.backends.marlin.outgoing import Outgoing, Sent


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


@dataclass(slots=True)
class Trouble:
    """From the first anomaly to the agreement."""

    since: float
    owed: int
    """Lines that had no ok yet and that the board took."""
    quiet_since: float = 0.0
    times_asked: int = 0
    oks: int = 0
    resends: int = 0
    no_checksum: bool = False
    last_line: int | None = None
    """What the board said of its last line since its last Resend."""
    taken_back: list[Sent] = field(default_factory=list)
    """Lines that a Resend asked for, in order, under the numbers that they had."""
    probe: Sent | None = None
    seen: bool = False
    """Whether the probe's echo came."""
    _echoes: tuple[str, ...] = field(default=())

    def ask(self, word: str) -> Outgoing:
        """The next probe, with a `word` that was never said before.

        Its echo counts word for word, from M118 or from a firmware that doesn't know it: a probe
        whose N was damaged is echoed as an unknown command too, and proves nothing, since it ran
        without its number.
        """
        self._echoes = (f"echo:{word}", f'echo:Unknown command: "M118 E1 {word}"')
        self.seen = False
        self.times_asked += 1
        return Outgoing(b"M118 E1 " + word.encode())

    def hear(self, text: str) -> None:
        """The board said `text`."""
        self.seen = self.seen or text in self._echoes

    def forget_probe(self) -> None:
        """The probe was refused, or is sent again."""
        self.probe, self.seen, self._echoes = None, False, ()

    def answers_probe(self, ok: parser.Ok, *, advanced: bool) -> bool:
        """Whether `ok` can be that of the line that was sent to find out."""
        if self.probe is None or ok.temperatures is not None:
            return False
        return ok.number == self.probe.number or (ok.number is None and not advanced)

    @property
    def was_only_slow(self) -> bool:
        """Whether every line that was owed an ok got it, and nothing was asked for again."""
        return not self.resends and self.oks >= self.owed

    @property
    def ran_unnumbered(self) -> bool:
        """Whether the board ran a line without its number.

        A byte that became a line end before the command letter does that: a number without a
        checksum is refused, and the rest runs and has an ok that nobody asked for.
        """
        return self.no_checksum and self.oks > self.owed + self.resends
