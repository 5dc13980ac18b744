"""The core against the simulated board: every line once, in order, whatever the cable does."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.protocol import Protocol
from gbterm.backends.marlin.trouble import TRANSITIONS, Sync, Trigger
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS, Variant
from tests.backends.marlin.pair import Pair

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "data/marlin").glob("*.txt"))
MOVES = [f"G1 X{i % 50}.{i % 10} Y{i % 40} F6000" for i in range(300)]
variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
windows = pytest.mark.parametrize("lines", [1, 4], ids=["one line", "four lines"])


def assert_printed(pair: Pair, job: list[str]) -> None:
    assert pair.executed_of_job() == job
    assert [text for number, text in pair.executed if number is None] == []


@variants
def test_without_faults_every_line_is_executed_once(variant: Variant) -> None:
    pair = Pair(variant)
    pair.feed(MOVES)
    pair.run(lambda: pair.job_done)
    assert_printed(pair, MOVES)
    assert pair.executed[0] == (1000, "M110 N1000")


ONE_FAULT = {
    "a wrong byte": faults.ByteFault("corrupt", 200),
    "a lost byte": faults.ByteFault("drop", 200),
    "a doubled byte": faults.ByteFault("double", 203),
    "a lost line end": faults.ByteFault("drop", 5, only=10),
    "a doubled line end": faults.ByteFault("double", 5, only=10),
    "a lost ok": faults.LoseOks(1),
    "three lost oks": faults.LoseOks(3),
    "a doubled ok": faults.DoubleOk(),
    "a false ok": faults.FalseOk(),
    "oks withheld for 60 s": faults.HoldOks(60.0),
    "a board that is mute for 5 s": faults.Mute(5.0),
}


@variants
@windows
@pytest.mark.parametrize("fault", ONE_FAULT.values(), ids=list(ONE_FAULT))
def test_after_one_fault_every_line_is_executed_once(
    variant: Variant, lines: int, fault: faults.Fault
) -> None:
    pair = Pair(variant, lines=lines)
    pair.feed(MOVES)
    pair.run(lambda: len(pair.executed) > 20)
    pair.board.inject(fault)
    pair.run(lambda: pair.job_done, 900)
    assert_printed(pair, MOVES)


AT_THE_START = {
    f"{how} byte {nth}": faults.ByteFault(how, nth)
    for how in ("corrupt", "drop", "double")
    for nth in (1, 5, 8, 13, 18, 21, 25, 30)
}


@variants
@pytest.mark.parametrize("fault", AT_THE_START.values(), ids=list(AT_THE_START))
def test_a_fault_in_the_first_lines_of_a_job_repeats_and_loses_nothing(
    variant: Variant, fault: faults.Fault
) -> None:
    pair = Pair(variant)
    pair.run(lambda: pair.core.is_drained and pair.core.owes_nothing_of_ours)
    pair.executed.clear()
    pair.own.clear()
    pair.core.renumber(5000)
    pair.feed(MOVES[:50])
    pair.board.inject(fault)
    pair.run(lambda: pair.job_done, 200)
    pair.executed = [line for line in pair.executed if _is_known(*line)]
    assert_printed(pair, MOVES[:50])
    assert not any(isinstance(e, outgoing.TroubleEnded) and e.stray for e in pair.events)


def test_a_lost_ok_costs_at_most_a_second() -> None:
    """On the injected clock, with an idle planner."""
    commands = ["G92 E0"] * 50
    quick, slow = Pair(VARIANTS["plain"]), Pair(VARIANTS["plain"])
    for pair in (quick, slow):
        pair.feed(commands)
    slow.run(lambda: len(slow.executed) > 10)
    slow.board.inject(faults.LoseOks(1))
    quick.run(lambda: quick.job_done)
    slow.run(lambda: slow.job_done)
    assert slow.now - quick.now <= 1.0
    assert_printed(slow, commands)


def damage(pair: Pair, seed: int) -> None:
    """At most one damaged byte a line, none of them an end of line or a backspace.

    Marlin drops a backspace together with the byte before it; where the damaged byte was equal to
    that one, the checksum still fits. Like a line end before the command letter it is beyond what
    a host can find out (docs/decisions/0005-probe.md).
    """
    dice = random.Random(seed)
    deliver = pair.board.receive

    def receive(data: bytes, now: float) -> None:
        lines = bytearray(data)
        if dice.random() < 0.1 and len(lines) > 1:
            place = dice.randrange(len(lines) - 1)
            if lines[place] != 10:
                lines[place] = dice.choice([b for b in range(32, 256) if b != lines[place]])
        deliver(bytes(lines), now)

    pair.board.receive = receive  # type: ignore[method-assign]


@variants
@windows
@pytest.mark.parametrize("seed", range(25))
def test_with_damage_towards_the_board_every_line_is_executed_once(
    variant: Variant, lines: int, seed: int
) -> None:
    pair = Pair(variant, rx_drop=seed % 2 == 0, lines=lines)
    pair.core.recovery.damage.at_most = 10**9
    pair.feed(MOVES)
    damage(pair, seed)
    pair.run(lambda: pair.job_done, 3000)
    # A damaged N leaves a line that begins with no command that Marlin knows.
    pair.executed = [line for line in pair.executed if _is_known(*line)]
    assert_printed(pair, MOVES)


def _is_known(number: int | None, text: str) -> bool:
    return number is not None or (text[:1] in ("G", "M", "T") and not text[1:5].isdigit())


@variants
@windows
@pytest.mark.parametrize("seed", range(25))
def test_with_damage_towards_the_host_every_line_is_executed_once(
    variant: Variant, lines: int, seed: int
) -> None:
    pair = Pair(variant, lines=lines)
    pair.core.recovery.damage.at_most = 10**9
    pair.feed(MOVES)
    pair.board.inject(faults.Noise("host", 0.002, seed))
    pair.run(lambda: pair.job_done, 3000)
    assert_printed(pair, MOVES)


def test_more_damaged_lines_than_the_limit_are_told() -> None:
    pair = Pair()
    pair.feed(MOVES)
    damage(pair, 1)
    pair.run(lambda: any(isinstance(e, outgoing.LinkDamaged) for e in pair.events), 3000)


@variants
@pytest.mark.parametrize("banner", [True, False])
def test_a_reset_ends_the_stream(variant: Variant, banner: bool) -> None:
    pair = Pair(variant)
    pair.feed(MOVES)
    pair.run(lambda: len(pair.executed) > 50)
    pair.board.inject(faults.Reset(banner))
    pair.run(lambda: any(isinstance(e, outgoing.BoardReset) for e in pair.events))
    before = len(pair.executed)
    pair.run(lambda: pair.now > 400, 600)
    assert pair.core.sync is Sync.STOPPED
    assert all(number is not None for number, _ in pair.executed)
    assert len(pair.executed) == before


def test_a_board_that_stays_mute_ends_the_wait() -> None:
    pair = Pair()
    pair.feed(MOVES)
    pair.run(lambda: len(pair.executed) > 50)
    began = pair.now
    pair.board.inject(faults.Mute())
    pair.run(lambda: any(isinstance(e, outgoing.GaveUp) for e in pair.events), 200)
    assert 50 <= pair.now - began <= 70


@variants
def test_a_stale_resend_gets_nothing_old(variant: Variant) -> None:
    pair = Pair(variant)
    pair.feed(MOVES)
    pair.run(lambda: len(pair.executed) > 50)
    for text in (b"Resend: 1003\n", b"Resend: 99999\n", b"rs 5\n"):
        pair.events += pair.core.receive(text, pair.now)
        pair.run(lambda: pair.core.sync is Sync.OPEN)
    pair.run(lambda: pair.job_done)
    assert_printed(pair, MOVES)


def test_the_same_line_for_ever_is_given_up() -> None:
    pair = Pair()
    pair.feed(MOVES)
    pair.run(lambda: len(pair.executed) > 50)
    deliver = pair.board.receive

    def refuse_job_lines(data: bytes, now: float) -> None:
        deliver(data.replace(b"G1 ", b"G2 ", 1), now)

    pair.board.receive = refuse_job_lines  # type: ignore[method-assign]
    pair.run(lambda: any(isinstance(e, outgoing.GaveUp) for e in pair.events), 300)
    assert pair.core.sync is Sync.STOPPED


def test_m108_passes_the_window_and_is_counted_in_it() -> None:
    pair = Pair()
    pair.core.send(Outgoing(b"M109 S200"))
    pair.run(lambda: any("M109" in text for _, text in pair.executed))
    pair.core.send_now(Outgoing(b"M108"), parsed_early=True, now=pair.now)
    assert pair.core.lines_under_way == 2
    pair.run(lambda: pair.core.is_drained, 5)
    assert all(number is not None for number, _ in pair.executed)


def test_m108_goes_unnumbered_where_no_emergency_parser_is() -> None:
    pair = Pair(VARIANTS["single"])
    pair.core.send(Outgoing(b"M109 S200"))
    pair.run(lambda: any("M109" in text for _, text in pair.executed))
    pair.core.send_now(Outgoing(b"M108"), parsed_early=False, now=pair.now)
    pair.run(lambda: pair.core.is_drained, 30)
    assert (None, "M108") in pair.executed


def test_a_filament_change_is_waited_for_and_not_asked_after() -> None:
    pair = Pair()
    pair.feed(["M302 P1", "G28", "M600", "G1 X20 F6000"])

    def asked(text: str) -> bool:
        return parser.HostAction("prompt_begin", text) in pair.events

    for question, answer in (("Nozzle Parked", b"M876 S0"), ("Paused", b"M876 S1")):
        pair.run(partial(asked, question))
        assert pair.core.is_changing_filament
        pair.core.send_now(Outgoing(answer), parsed_early=True, now=pair.now)
    pair.run(lambda: pair.job_done)
    assert not [text for number, text in pair.executed if number is None or "M118" in text]
    assert not pair.core.is_changing_filament


def test_every_state_and_trigger_that_can_meet_has_a_row() -> None:
    assert {sync for sync, _ in TRANSITIONS} == set(Sync)
    assert {trigger for _, trigger in TRANSITIONS} == set(Trigger)


def said_in(path: Path) -> bytes:
    """All that the board says in a recording."""
    lines = path.read_text().splitlines()
    return b"".join(line[13:].encode() + b"\n" for line in lines if line[11:13] == "< ")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_recording_means_the_same_in_pieces_of_any_size(path: Path) -> None:
    data = said_in(path)
    assert data
    whole = listening().receive(data, 1.0)
    assert whole
    for size in (1, 2, 3, 7, 64):
        core = listening()
        events = [
            event
            for at in range(0, len(data), size)
            for event in core.receive(data[at : at + size], 1.0)
        ]
        assert [repr(event) for event in events] == [repr(event) for event in whole]


@given(st.lists(st.binary(max_size=200), max_size=30), st.integers(0, 3))
def test_random_bytes_never_raise_and_never_grow(chunks: list[bytes], lines: int) -> None:
    core = listening()
    for _ in range(lines):
        core.send(Outgoing(b"G28"))
    now = 0.0
    for chunk in chunks:
        now += 0.4
        core.receive(chunk, now)
        core.tick(now)
        assert len(core.data_to_send(now)) < 200
    assert core.lines_under_way < 20


def test_a_line_without_an_end_is_bounded() -> None:
    core = listening()
    for _ in range(1000):
        core.receive(b"x" * 1000, 1.0)
    assert core.unread_bytes <= 8192


def listening() -> Protocol:
    """A core that is talking to a board."""
    core = Protocol(nonce=1)
    core.restart(1000)
    core.data_to_send(0.0)
    return core
