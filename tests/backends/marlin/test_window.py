"""How many lines go under way, and why: evidence first, and never more than the board holds."""

from __future__ import annotations

import pytest

from gbterm.backends.marlin import outgoing
from gbterm.backends.marlin.window import GROW_AFTER, PLAIN_LINES, Window
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS, Variant
from tests.backends.marlin.pair import Pair

MOVES = [f"G1 X{i % 50}.{i % 10} Y{i % 40} F6000" for i in range(4000)]
plain = pytest.mark.parametrize("variant", [VARIANTS["plain"], VARIANTS["single"]])
advanced = pytest.mark.parametrize("variant", [VARIANTS["default"], VARIANTS["big"]])


def most_under_way(pair: Pair, commands: int) -> list[tuple[int, int]]:
    """Print, and tell for each answered line how many lines and bytes were under way at most."""
    pair.feed(MOVES[:commands])
    seen: list[tuple[int, int]] = []

    def done() -> bool:
        seen.append((pair.core.lines_under_way, pair.core.flight.size))
        return pair.job_done

    pair.run(done, 10_000)
    assert pair.executed_of_job() == MOVES[:commands]
    return seen


@plain
def test_without_advanced_ok_it_grows_a_line_per_200_to_four_lines_and_127_bytes(
    variant: Variant,
) -> None:
    pair = Pair(variant, rx_drop=True)
    assert max(lines for lines, _ in most_under_way(pair, GROW_AFTER - 10)) == 1
    for lines in (2, 3, 4, 4):
        pair.executed.clear()
        seen = most_under_way(pair, GROW_AFTER)
        assert max(lines for lines, _ in seen) == lines
        assert max(size for _, size in seen) <= 127


@advanced
def test_advanced_ok_lets_the_queue_be_filled_too_and_the_ring_never_overflows(
    variant: Variant,
) -> None:
    pair = Pair(variant, rx_drop=True)
    most = max(lines for lines, _ in most_under_way(pair, 4000))
    assert most > PLAIN_LINES
    assert pair.board.receiver.lost == 0
    assert pair.core.recovery.resends == 0


@advanced
def test_a_board_that_speaks_of_more_lines_than_it_was_sent_is_not_believed(
    variant: Variant,
) -> None:
    """A display that feeds the same queue, or an ok that lies."""
    pair = Pair(variant)
    say = pair.board.data_to_send
    count = 0

    def lie() -> bytes:
        nonlocal count
        said = say()
        if b" B3" in said or b" B31" in said:
            count += 1
            if count == 5:
                said = said.replace(b" B3\n", b" B1\n").replace(b" B31\n", b" B1\n")
        return said

    pair.board.data_to_send = lie  # type: ignore[method-assign]
    assert max(lines for lines, _ in most_under_way(pair, 2000)) == PLAIN_LINES


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
def test_after_trouble_it_is_one_line_again_and_that_is_told(variant: Variant) -> None:
    pair = Pair(variant, lines=4)
    pair.feed(MOVES[:400])
    pair.run(lambda: len(pair.executed) > 50)
    pair.board.inject(faults.ByteFault("corrupt", 5))
    pair.run(lambda: any(isinstance(event, outgoing.TroubleEnded) for event in pair.events))
    assert pair.core.window.lines == 1
    ended = next(event for event in pair.events if isinstance(event, outgoing.TroubleEnded))
    assert ended.narrowed


def test_trouble_twice_beyond_four_lines_ends_the_belief_in_the_queue() -> None:
    window = Window()
    for _ in range(2):
        for _ in range(GROW_AFTER * 8):
            window.told(15, 3, 0)
            window.answered(1)
        assert window.lines == PLAIN_LINES + 4
        window.fall_back()
    for _ in range(GROW_AFTER * 8):
        window.told(15, 3, 0)
        window.answered(1)
    assert window.lines == PLAIN_LINES


def test_nothing_goes_behind_a_line_that_may_wait_for_somebody() -> None:
    pair = Pair(VARIANTS["default"], lines=4)
    pair.feed(["G1 X1", "M190 S60", "G1 X2", "G1 X3"])
    pair.run(lambda: pair.core.asking == b"M190 S60")
    assert pair.core.lines_under_way == 1
    assert len(pair.core.job) == 2


@pytest.mark.parametrize("ring_bytes", [40, 127])
def test_no_more_bytes_go_than_the_ring_was_said_to_hold(ring_bytes: int) -> None:
    window = Window(ring_bytes=ring_bytes)
    window.lines = 4
    assert window.room(1, ring_bytes - 30) == 30
    assert window.room(2, ring_bytes + 10) == 0


def test_it_never_exceeds_the_lines_that_the_user_allows() -> None:
    window = Window(most_lines=2)
    for _ in range(GROW_AFTER * 8):
        window.answered(1)
    assert window.lines == 2


def test_one_damaged_digit_makes_no_board_larger() -> None:
    window = Window()
    for free in (3, 3, 9, 3, 0, 0):
        window.told(15, free, 12)
    assert window.queued == 3, "a queue of four holds three behind the line of the ok"


def test_an_ok_that_came_before_says_nothing_about_what_is_under_way_now() -> None:
    pair = Pair(VARIANTS["default"])
    core, window = pair.core, pair.core.window
    pair.run(lambda: core.flight.is_numbering_proven and core.is_drained)
    window.lines = 6
    for _ in range(2):
        window.told(15, 3, 0)
    pair.feed(MOVES[:100])
    core.data_to_send(pair.now)
    core.receive(b"ok N%d P15 B0\n" % core.flight.proven, pair.now)
    core.data_to_send(pair.now)
    assert core.flight.size <= 127, "none of it has left the board's ring"
    assert window.queue_free == 3


def test_after_a_wait_the_ring_is_filled_as_if_nothing_were_in_the_queue() -> None:
    """The board was only slow: the window stays, but what was in the queue has run."""
    pair = Pair(VARIANTS["default"])
    core, window = pair.core, pair.core.window
    pair.run(lambda: core.flight.is_numbering_proven and core.is_drained)
    window.lines = 6
    pair.feed(MOVES[:100])
    core.data_to_send(pair.now)
    for free in (3, 3, 0):
        window.told(15, free, core.lines_under_way)
    core.data_to_send(pair.now)
    under_way = [sent.number for sent in core.flight.lines]
    assert window.queued == 3
    core.tick(pair.now + 5)
    core.tick(pair.now + 10)
    probe = core.flight.lines[-1]
    oks = b"".join(b"ok N%d P15 B3\n" % number for number in under_way if number)
    echo = b"echo:" + probe.line.text.removeprefix(b"M118 E1 ")
    core.receive(oks + echo + b"\nok N%d P15 B3\n" % (probe.number or 0), pair.now + 11)
    core.data_to_send(pair.now + 11)
    assert window.lines == 6
    assert 60 < core.flight.size <= 127


@pytest.mark.parametrize(
    ("command", "closes"),
    [
        *((text, True) for text in ("M109S200", "M190 S60", "G28X0Y0", "G4P500", "T1", "G 28")),
        *((text, True) for text in ("G92E0", "G91", "M83", "G92.1", "M1001", "M600", "G 0010")),
        *((text, False) for text in ("G1X1", "M104S1", "M105", "G2X1", "M117 T", "G 01 X1")),
    ],
)
def test_only_what_does_little_harm_at_a_wrong_time_goes_with_others(
    command: str, *, closes: bool
) -> None:
    pair = Pair(VARIANTS["default"], lines=4)
    pair.run(lambda: pair.core.owes_nothing_of_ours and pair.core.is_drained)
    pair.feed([command, "G1 X2", "G1 X3"])
    pair.core.data_to_send(pair.now)
    assert len(pair.core.job) == (2 if closes else 0)
