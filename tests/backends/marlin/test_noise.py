"""Noise on the cable, below the limit and above it, and everything that can go wrong by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gbterm.backends.marlin.outgoing import BoardReset, GaveUp
from gbterm.model import Phase
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS
from tests.backends.marlin.rows import MOVES, PACKED, Wire
from tests.backends.marlin.virtual import VirtualHouse

RUNS = 2000
"""Random prints; raise it for a long search, and `FIRST_SEED` to search elsewhere."""
FIRST_SEED = 0

LONG = [f"G1X{i % 97 + 1}Y{i % 89 + 1}F6000" for i in range(1, 1201)]


class Damaged:
    """Damages `lines` of the job's lines on their way to the board, one fault in each.

    A byte becomes another, is lost or doubled. What a host can't find out is left out: a line end
    or a backspace, and an N that becomes a T (docs/decisions/0005-probe.md).
    """

    def __init__(self, dice: random.Random, lines: int, among: int) -> None:
        self._dice = dice
        self._at = set(dice.sample(range(1, among), lines))
        self._count = self.done = 0

    def __call__(self, towards: str, data: bytes) -> bytes:
        if towards == "host":
            return data
        return b"".join(self.line(line) for line in data.splitlines(keepends=True))

    def line(self, line: bytes) -> bytes:
        """One line, damaged if it is its turn."""
        if b"G1" not in line:
            return line
        self._count += 1
        if self._count not in self._at:
            return line
        self.done += 1
        place = self._dice.randrange(len(line) - 1)
        byte = line[place]
        others = [b for b in range(256) if b not in (byte, 8, 10, 13, ord("T"))]
        changed = self._dice.choice([b"", bytes([byte, byte]), bytes([self._dice.choice(others)])])
        return line[:place] + changed + line[place + 1 :]


class Noisy:
    """A print of LONG in a virtual house, over a cable with noise."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, folder: Path, seed: int, lines: int
    ) -> None:
        dice = random.Random(seed)
        self.house = VirtualHouse(
            monkeypatch, dice.choice(list(VARIANTS)), seed, rx_drop=dice.random() < 0.5
        )
        self.path = folder / "j.gcode"
        self.path.write_text("\n".join(LONG) + "\n")
        self.damaged = Damaged(dice, lines, 990)
        self._window = dice.choice([1, 4])

    async def start(self) -> None:
        """Begin to print, and to damage."""
        await self.house.backend.connect()
        await self.house.backend.start_job(self.path, self.path.name)
        self.house.backend.core.window.lines = self._window
        self.house.tamper = self.damaged

    async def reach(self, phase: Phase) -> str:
        """Print until the printer is in `phase`; why it is."""
        await self.house.until(lambda: self.house.backend.state.phase is phase, 900)
        return self.house.backend.state.reason

    def check(self) -> None:
        """The board executed what the file says."""
        ran = [text for number, text in self.house.executed if number and text[:2] == "G1"]
        assert ran == LONG
        state = self.house.backend.state
        assert state.job is not None
        assert state.job.outcome == "finished"


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 12))
def test_up_to_three_damaged_lines_in_a_thousand_cost_no_line_and_no_pause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    noisy = Noisy(monkeypatch, tmp_path, seed, 1 + seed % 3)

    async def story() -> None:
        await noisy.start()
        await noisy.reach(Phase.READY)

    noisy.house.run(story())
    assert noisy.damaged.done == 1 + seed % 3
    assert Phase.PAUSED not in [phase for phase, _ in noisy.house.phases]
    noisy.check()


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 12))
def test_more_than_three_damaged_lines_in_a_thousand_pause_and_with_a_higher_limit_go_on_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    noisy = Noisy(monkeypatch, tmp_path, seed, 4 + seed % 20)
    backend = noisy.house.backend

    async def story() -> None:
        await noisy.start()
        reason = await noisy.reach(Phase.PAUSED)
        assert reason.startswith("4 of the last 1000 lines were damaged on the cable:")
        assert "look for a loose plug" in reason
        assert noisy.damaged.done == 4
        backend.core.recovery.damage.at_most = 1000
        await backend.resume()
        await noisy.reach(Phase.READY)

    noisy.house.run(story())
    assert noisy.damaged.done == 4 + seed % 20
    noisy.check()


# Everything, by chance.

Injure = Callable[[Wire, random.Random], None]


def inject(make: Callable[[random.Random], faults.Fault]) -> Injure:
    return lambda wire, dice: wire.board.inject(make(dice))


def false_resend(wire: Wire, dice: random.Random) -> None:
    wire.board.out.line(f"Resend: {max(0, wire.board.machine.last_number + dice.randrange(-9, 9))}")
    if dice.random() < 0.5:
        wire.board.out.line("ok")


def damage_a_line(wire: Wire, dice: random.Random) -> None:
    wire.carry = Damaged(dice, 1, 2).line


def lose_a_line(wire: Wire, _dice: random.Random) -> None:
    lost = 0

    def carry(line: bytes) -> bytes:
        nonlocal lost
        lost += b"G1" in line
        return b"" if b"G1" in line and lost == 1 else line

    wire.carry = carry


def say(*texts: str) -> Injure:
    return lambda wire, dice: wire.board.out.line(dice.choice(texts))


INJURIES: dict[str, Injure] = {
    "a damaged line": damage_a_line,
    "a lost line": lose_a_line,
    "a lost line end": inject(lambda _: faults.ByteFault("drop", 1, only=10)),
    "a doubled line end": inject(lambda _: faults.ByteFault("double", 1, only=10)),
    "lost oks": inject(lambda dice: faults.LoseOks(dice.randrange(1, 6))),
    "a doubled ok": inject(lambda _: faults.DoubleOk()),
    "a false ok": inject(lambda _: faults.FalseOk()),
    "late oks": inject(lambda dice: faults.HoldOks(dice.uniform(0.1, 40.0))),
    "silence": inject(lambda dice: faults.Mute(dice.uniform(0.1, 40.0))),
    "a false resend": false_resend,
    "a false answer": say("ok N1005 P15 B3", "ok P15 B3", "ok T:1 /2", "okok", "wait", "rs 3"),
    "odd text": say(
        "x" * 10_000, "\0\xff\x1b[2J", "", "Error:RX BUF overflow", "T:1 /2 ok", "ok\r"
    ),
    "busy": say("echo:busy: processing", "busy: paused for user", " T:20.0 /200.0 W:?"),
    "a reset": inject(lambda dice: faults.Reset(dice.random() < 0.5)),
    "mute for good": inject(lambda _: faults.Mute()),
}
RARE = ("a reset", "mute for good")


def drawn(dice: random.Random) -> list[str]:
    """Up to four kinds, of which the last alone may end the print."""
    often = [name for name in INJURIES if name not in RARE]
    last = dice.choice(RARE) if dice.random() < 0.1 else dice.choice(often)
    return [*dice.choices(often, k=dice.randrange(4)), last]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + RUNS), ids="seed {}".format)
def test_whatever_goes_wrong_each_line_runs_once_in_order_or_the_print_stops_and_says_why(
    seed: int,
) -> None:
    dice = random.Random(seed)
    variant = dice.choice(list(VARIANTS.values()))
    wire = Wire(
        variant,
        lines=dice.choice([1, 4, 4, 8]),
        pace=dice.choice([0.0, 1 / 11520]),
        rx_drop=dice.random() < 0.5,
    )
    wire.core.recovery.damage.at_most = 10**9
    wire.core.gap = dice.choice([b"", b" "])
    moves = MOVES if wire.core.gap else PACKED
    what = drawn(dice)
    print(f"seed {seed}: {variant.name}, {what}")
    wire.feed(moves)
    for name in what:
        wait = len(wire.executed) + dice.randrange(1, 30)
        wire.run(lambda wait=wait: len(wire.executed) > wait or over(wire), 2000)  # type: ignore[misc]
        if not over(wire):
            INJURIES[name](wire, dice)
    wire.run(lambda: over(wire), 2000)
    if not stopped(wire):
        wire.core.prove()
        wire.run(lambda: stopped(wire) or (wire.core.owes_nothing_of_ours and over(wire)), 2000)
    # A damaged N leaves a line that begins with no command, and a stop questions without answers.
    ran = [line for line in wire.executed_of_job() if line.startswith("G1")]
    assert wire.strays == [] or wire.told_of_strays
    assert ran == (moves[: len(ran)] if stopped(wire) else moves)
    assert not stopped(wire) or set(what) & {*RARE, "silence", "lost oks"}


def stopped(wire: Wire) -> bool:
    return any(isinstance(event, BoardReset | GaveUp) for event in wire.events)


def over(wire: Wire) -> bool:
    return stopped(wire) or wire.job_done
