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
    assert pair.core.tally.resends == 0


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


@advanced
def test_with_another_board_it_begins_with_one_line_and_knows_nothing_of_its_queue(
    variant: Variant,
) -> None:
    pair = Pair(variant)
    most_under_way(pair, 2000)
    assert pair.core.window.lines > PLAIN_LINES
    pair.board.inject(faults.Reset())
    pair.run(lambda: any(isinstance(event, outgoing.BoardReset) for event in pair.events))
    pair.board = Pair(VARIANTS["plain"], rx_drop=True).board
    pair.executed.clear()
    pair.core.restart(3000)
    pair.feed(MOVES[: GROW_AFTER - 10])
    seen = []

    def done() -> bool:
        seen.append(pair.core.lines_under_way)
        return pair.job_done

    pair.run(done)
    assert max(seen) == 1
    assert pair.core.window.planner_free is None


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


def test_what_was_answered_is_not_in_the_queue_any_more() -> None:
    window = Window()
    for _ in range(2):
        window.told(15, 3, 0)
    window.told(15, 0, 4)
    window.answered(2)
    assert window.queued == 1


def test_lines_before_the_trouble_do_not_count_for_growing_after_it() -> None:
    window = Window()
    window.answered(GROW_AFTER - 1)
    window.fall_back()
    window.answered(GROW_AFTER - 1)
    assert window.lines == 1
    window.answered(1)
    assert window.lines == 2


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


@pytest.mark.parametrize("command", ["M109S200", "G28X0Y0", "T1", "G92E0", "G91", "M83", "M1001"])
def test_what_does_harm_at_a_wrong_time_goes_behind_nothing(command: str) -> None:
    pair = Pair(VARIANTS["default"], lines=4)
    pair.run(lambda: pair.core.owes_nothing_of_ours and pair.core.is_drained)
    pair.feed(["G1 X2", command])
    pair.core.data_to_send(pair.now)
    assert [line.text.decode() for line in pair.core.job] == [command]


def test_no_line_of_a_job_goes_before_its_numbering_is_proven() -> None:
    pair = Pair(VARIANTS["plain"], lines=4)
    pair.feed(MOVES[:4])
    assert pair.core.data_to_send(pair.now).endswith(b"N1000 M110 N1000*125\n")
    pair.core.receive(b"ok\n", pair.now)
    assert b"M105" in pair.core.data_to_send(pair.now)
    assert len(pair.core.job) == 4
    pair.core.receive(b"ok T:20.0 /0.0 B:20.0 /0.0\n", pair.now)
    pair.core.data_to_send(pair.now)
    assert not pair.core.job


def test_an_ok_that_skips_lines_answers_them_and_proves_nothing() -> None:
    """Oks were lost, or a digit of this one was damaged."""
    pair = Pair(VARIANTS["default"], lines=4)
    flight = pair.core.flight
    pair.run(lambda: flight.is_numbering_proven and pair.core.is_drained)
    pair.feed(MOVES[:4])
    pair.core.data_to_send(pair.now)
    proven = flight.proven
    pair.core.receive(b"ok N%d P15 B3\n" % (proven + 3), pair.now)
    assert len(flight.lines) == 1
    assert flight.proven == proven


def test_of_two_m105_under_way_the_first_answer_proves_nothing() -> None:
    pair = Pair(VARIANTS["plain"], lines=4)
    core, flight = pair.core, pair.core.flight
    pair.run(lambda: flight.is_numbering_proven and core.is_drained)
    pair.feed(["M105", "G1 X1", "M105"])
    core.data_to_send(pair.now)
    proven = flight.proven
    core.receive(b"ok T:20.0 /0.0 B:20.0 /0.0\n", pair.now)
    assert flight.proven == proven
    core.receive(b"ok\nok T:20.0 /0.0 B:20.0 /0.0\n", pair.now)
    assert flight.proven == proven + 3


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
def test_oks_that_never_came_narrow_the_window_and_that_is_told(variant: Variant) -> None:
    pair = Pair(variant, lines=4)
    pair.feed(MOVES[:200])
    pair.run(lambda: len(pair.executed) > 50)
    pair.board.inject(faults.LoseOks(6))
    pair.run(lambda: pair.job_done)
    ended = [event for event in pair.events if isinstance(event, outgoing.TroubleEnded)]
    assert [event.narrowed for event in ended] == [True]
    assert pair.core.window.lines == 1
    assert pair.executed_of_job() == MOVES[:200]
