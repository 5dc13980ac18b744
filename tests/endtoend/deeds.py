"""What a chaos does to a print and to those around it, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

CONSOLE, SERVER, PRINTER = "console", "server", "printer process"
KILL, STOP, HANG_UP, UNPLUG = "kill", "stop", "hang up", "unplug"
DAMAGE, OKS, NOISE, LOOK = "damage", "oks", "noise", "look"

PAUSE_S = 6.0
"""At most, between two deeds."""
LONG_S = (9.0, 14.0)
"""A process that is stopped for so long counts as dead by then (`gbterm.backends.opengb.life`)."""
WEIGHTS = {KILL: 5, STOP: 5, DAMAGE: 5, OKS: 3, UNPLUG: 3, NOISE: 2, HANG_UP: 2, LOOK: 1}
NOISE_S = 0.5
WITHIN_BYTES = 2000
"""Where the damage is done, counted from when it is ordered."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done `after_s` seconds after the one before."""

    after_s: float
    kind: str
    whom: tuple[str, ...] = ()
    for_s: float = 0.0
    fault: str = ""
    """As the board's control socket takes it."""

    def __str__(self) -> str:
        lasting = f"for {self.for_s:.1f} s" if self.for_s else ""
        told = self.fault or " ".join((self.kind, " and ".join(self.whom)))
        return f"{told} {lasting}".strip()


def deeds(chance: Random, speed: float) -> Iterator[Deed]:
    """Without end, for a board that lives so much quicker than the world."""
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    while True:
        yield deed(chance.choices(kinds, weights)[0], chance, speed)


def one_of_each(chance: Random, speed: float) -> Iterator[Deed]:
    """Each kind once, the rarest last."""
    for kind in WEIGHTS:
        yield deed(kind, chance, speed)


def deed(kind: str, chance: Random, speed: float) -> Deed:
    """One of its kind."""
    after_s = chance.uniform(0.0, PAUSE_S)
    if kind == KILL:
        return Deed(after_s, KILL, chance.choice([(CONSOLE,), (SERVER,), (SERVER, CONSOLE)]))
    if kind == STOP:
        whom = chance.choice([(CONSOLE,), (SERVER,), (PRINTER,), (CONSOLE, SERVER, PRINTER)])
        long = chance.random() < 0.1
        for_s = chance.uniform(*LONG_S) if long else chance.uniform(0.05, 2.0)
        return Deed(after_s, STOP, whom, for_s)
    if kind == HANG_UP:
        return Deed(after_s, HANG_UP, (CONSOLE,))
    for_s = NOISE_S if kind == NOISE else 0.0
    return Deed(after_s, kind, (), for_s, _fault(kind, chance, speed))


def _fault(kind: str, chance: Random, speed: float) -> str:
    """What goes wrong with the cable, a byte or an ok.

    Never a line end within a line: a Marlin board runs what comes after it without its number.
    """
    if kind == UNPLUG:
        return f"unplug {chance.uniform(0.0, 3.0):.3f}"
    if kind == DAMAGE:
        how = chance.choice(("corrupt-byte", "drop-byte", "double-byte"))
        return f"{how} {chance.randrange(1, WITHIN_BYTES)}"
    if kind == OKS:
        hold = f"hold-oks {chance.uniform(0.0, 1.0) * speed:.0f}"
        return chance.choice(("lose-ok", "double-ok", "false-ok", hold))
    if kind == NOISE:
        return f"noise-to-host 0.0005 {chance.randrange(1 << 30)}"
    return ""
