"""Lines of which a board got a part: what it makes of the rest, and what it is asked then."""

from __future__ import annotations

import random

import pytest

from gbterm.backends.marlin.outgoing import TroubleEnded
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS, Variant
from tests.backends.marlin.rows import MOVES, PACKED, Wire

variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
BYTE_S = 1 / 11520
VARIED = [f"G1X{i % 2}.{'123456789012345678'[: i * 7 % 18 + 1]}F6000" for i in range(150)]
"""As long as can be by chance, and quickly done."""


def throw_away(wire: Wire, more: int) -> None:
    """Damage a line; when it is refused, so many bytes of the next one have come in, too."""
    receiver = wire.board.receiver
    flush = receiver.flush
    lines = 0

    def carry(line: bytes) -> bytes:
        nonlocal lines
        lines += b"G1" in line
        return line.replace(b"G1", b"G!") if lines == 7 else line

    def flush_later() -> None:
        receiver.flush = flush  # type: ignore[method-assign]
        flush()
        del receiver._wire[:more]

    wire.carry = carry
    receiver.flush = flush_later  # type: ignore[method-assign]


@variants
@pytest.mark.parametrize("terse", [False, True], ids=["N1 G1", "N1G1"])
def test_a_line_cut_when_the_one_before_is_refused_runs_nothing_or_it_is_told(
    variant: Variant, *, terse: bool
) -> None:
    told = 0
    for more in range(25):
        wire = Wire(variant, lines=4, pace=BYTE_S)
        wire.core.gap = b"" if terse else b" "
        throw_away(wire, more)
        wire.feed(MOVES)
        wire.run(lambda wire=wire: wire.job_done)  # type: ignore[misc]
        ran = [text for text in wire.executed_of_job() if text.startswith("G1")]
        assert wire.told_of_strays == bool(wire.strays)
        for stray in wire.strays:
            ran.remove(stray)
        assert ran == MOVES
        told += wire.told_of_strays
    assert told == (1 if terse else 2), "only where the cut is just before the command letter"


@variants
@pytest.mark.parametrize("held_s", [3.0, 9.0, 30.0])
def test_a_board_that_is_only_slow_pauses_nothing_and_runs_each_line_once(
    variant: Variant, held_s: float
) -> None:
    wire = Wire(variant, lines=4, pace=BYTE_S, rx_drop=True)
    wire.print_some(20)
    wire.board.inject(faults.HoldOks(held_s))
    wire.print_rest()
    assert wire.troubles >= 1
    assert not wire.told_of_strays


@variants
@pytest.mark.parametrize("lines", [1, 4, 8])
@pytest.mark.parametrize("terse", [False, True], ids=["N1 G1", "N1G1"])
@pytest.mark.parametrize("most_s", [3, 30])
def test_slow_moves_narrow_no_window_and_no_trouble_on_the_cable_is_told(
    variant: Variant, lines: int, most_s: int, *, terse: bool
) -> None:
    dice = random.Random(lines + most_s)
    speeds = [10800 / dice.uniform(1, most_s) for _ in range(60)]
    begin = "G1" if terse else "G1 "
    moves = [f"{begin}X{10 + 180 * (i % 2)}.{i + 10}1F{f:.3f}" for i, f in enumerate(speeds)]
    wire = Wire(variant, lines=lines, pace=BYTE_S, rx_drop=True)
    wire.core.gap = b"" if terse else b" "
    wire.print_all(moves, 3000)
    assert wire.troubles >= 1
    assert not any(e.narrowed or e.stray for e in wire.events if isinstance(e, TroubleEnded))
    assert wire.core.window.lines == lines
    assert wire.board.receiver.lost == 0


@variants
@pytest.mark.parametrize("ring_bytes", [30, 60, 100, 127])
def test_never_more_bytes_are_under_way_than_the_ring_holds_but_for_a_line_alone(
    variant: Variant, ring_bytes: int
) -> None:
    wire = Wire(variant, lines=4, pace=BYTE_S)
    core = wire.core
    core.window.ring_bytes = ring_bytes
    wire.feed(VARIED)
    most = 0

    def done() -> bool:
        nonlocal most
        if core.lines_under_way > 1 and core.trouble is None:
            most = max(most, core.flight.size)
        return wire.job_done

    wire.run(done)
    assert wire.executed_of_job() == VARIED
    assert most <= ring_bytes
    assert wire.troubles == 0


def test_progress_goes_back_with_a_line_that_an_ok_for_nothing_had_answered() -> None:
    wire = Wire(VARIANTS["plain"], pace=BYTE_S)
    wire.print_some()
    wire.run(lambda: wire.core.lines_under_way == 0)
    wire.carry = lambda line: b"" if b"G1" in line else line
    before = wire.core.acknowledged
    wire.core.data_to_send(wire.now)
    wire.core.receive(b"ok\n", wire.now)
    assert wire.core.acknowledged is not before
    wire.carry = lambda line: line
    wire.run(lambda: wire.core.tally.resends > 0)
    again, done = wire.core.acknowledged, before
    assert again is not None
    assert done is not None
    assert again.command == done.command
    wire.print_rest()


@variants
@pytest.mark.parametrize("lines", [1, 4])
@pytest.mark.parametrize("terse", [False, True], ids=["N1 G1", "N1G1"])
def test_a_line_end_before_the_command_letter_is_told_and_costs_no_line(
    variant: Variant, lines: int, *, terse: bool
) -> None:
    wire = Wire(variant, lines=lines, pace=BYTE_S)
    wire.core.gap = b"" if terse else b" "
    wire.feed(MOVES)
    wire.run(lambda: len(wire.executed) > 20)
    wire.board.inject(faults.ByteFault("newline", 1, only=ord("G")))
    wire.run(lambda: wire.job_done)
    ran = [text for text in wire.executed_of_job() if text.startswith("G1")]
    assert len(wire.strays) == 1
    ran.remove(wire.strays[0])
    assert ran == MOVES
    assert wire.told_of_strays


@variants
@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_false_resend_of_lines_under_way_pauses_nothing_and_costs_no_line(
    variant: Variant, back: int
) -> None:
    wire = Wire(variant, lines=4, pace=BYTE_S)
    wire.print_some()
    wire.run(lambda: wire.core.lines_under_way == 4)
    number = wire.core.flight.next_number - back
    wire.events += wire.core.receive(b"Resend: %d\n" % number, wire.now)
    wire.print_rest()
    assert wire.troubles >= 1
    assert not wire.told_of_strays


@pytest.mark.parametrize("ring_bytes", [300, 500])
@pytest.mark.parametrize("commands", [MOVES, PACKED], ids=["N1 G1", "N1G1"])
def test_a_ring_that_holds_less_than_was_said_loses_bytes_and_costs_no_line(
    ring_bytes: int, commands: list[str]
) -> None:
    wire = Wire(lines=12, pace=BYTE_S, rx_drop=True)
    wire.core.recovery.damage.at_most = 10**9
    wire.core.gap = b"" if commands is PACKED else b" "
    wire.core.window.ring_bytes = ring_bytes
    slow = [line.replace("F60", "F2") for line in commands[:80]]
    wire.feed(slow)
    wire.run(lambda: wire.job_done, 3000)
    ran = [text for text in wire.executed_of_job() if text.startswith("G1")]
    assert wire.board.receiver.lost > 0
    assert wire.told_of_strays == bool(wire.strays)
    for stray in wire.strays:
        ran.remove(stray)
    assert ran == slow


@variants
@pytest.mark.parametrize("lines", [1, 4])
def test_a_command_that_the_board_does_not_know_costs_nothing_also_beside_a_damaged_line(
    variant: Variant, lines: int
) -> None:
    commands = [text for move in MOVES for text in (move, "M9999 K1")]
    wire = Wire(variant, lines=lines, pace=BYTE_S)
    wire.feed(commands)
    wire.run(lambda: len(wire.executed) > 40)
    wire.board.inject(faults.ByteFault("corrupt", 1, only=ord("F")))
    wire.print_rest(commands)
    assert b'echo:Unknown command: "M9999 K1"' in wire.says.said
    assert wire.troubles == 1
    assert not wire.told_of_strays
