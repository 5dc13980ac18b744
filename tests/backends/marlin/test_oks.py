"""Oks that nobody asked for, and oks that are lost, late or damaged: each line runs once."""

from __future__ import annotations

import re

import pytest

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS, Variant
from tests.backends.marlin.rows import MOVES, Says, Wire

variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
windows = pytest.mark.parametrize("lines", [1, 4], ids=["one line", "four lines"])
REPORT = b" T:240.23 /240.00 B:99.95 /100.00 @:46 B@:85"


# Oks that nobody asked for.


@variants
@windows
def test_the_resend_and_two_oks_of_m999_repeat_and_lose_no_line(
    variant: Variant, lines: int
) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_all([*MOVES[:40], "M999", *MOVES[40:]])
    assert wire.says.said.count(b"Resend:") == 1


@variants
@windows
def test_the_late_ok_of_the_homing_after_m524_lets_no_line_go_too_many(
    variant: Variant, lines: int
) -> None:
    """Marlin homes after an M524 by a command of its own, which has an ok without a number."""
    wire = Wire(variant, lines=lines)
    wire.print_some()
    say = wire.board.out.line
    say("echo:Active Extruder: 0")
    say("X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0 Y:0 Z:0")
    say("ok P15 B3" if variant.advanced_ok else "ok")
    wire.print_rest()


@variants
@windows
@pytest.mark.parametrize("count", [1, 2, 5, 30])
def test_oks_for_nothing_repeat_and_lose_no_line(variant: Variant, lines: int, count: int) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_some()
    for _ in range(count):
        wire.board.inject(faults.FalseOk())
    wire.print_rest()


@variants
@windows
def test_an_m105_of_the_file_is_answered_without_a_number_and_costs_no_line(
    variant: Variant, lines: int
) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_all([line for move in MOVES for line in (move, "M105")])
    assert wire.troubles == 0


@variants
@windows
def test_a_lost_answer_to_an_m105_costs_no_line(variant: Variant, lines: int) -> None:
    says = Says(lambda _line: b"", what=re.compile(rb"ok T"), times=2)
    wire = Wire(variant, lines=lines, says=says)
    wire.print_all([line for move in MOVES for line in (move, "M105")])
    assert says.edited == 2


@pytest.mark.parametrize("variant", [VARIANTS["default"], VARIANTS["big"], VARIANTS["plain"]])
@windows
@pytest.mark.parametrize("answer", [b"M108", b"M876 S1"], ids=bytes.decode)
def test_an_answer_past_the_queue_that_is_acknowledged_late_brings_nothing_out_of_order(
    variant: Variant, lines: int, answer: bytes
) -> None:
    wire = Wire(variant, lines=lines)
    commands = [*MOVES[:20], "M109 S60", *MOVES[20:]]
    wire.feed(commands)
    wire.run(lambda: wire.core.asking == b"M109 S60")
    wire.run(lambda: wire.executed[-1][1] == "M109 S60")
    wire.core.send_now(Outgoing(answer), parsed_early=True, now=wire.now)
    wire.run(lambda: wire.job_done)
    assert wire.executed_of_job() == commands
    assert wire.troubles == 0


# Oks that are damaged.


def glued_to_the_next() -> Says:
    """Two oks that became one line."""
    first = b""

    def glue(line: bytes) -> bytes:
        nonlocal first
        if not first:
            first = line
            return b""
        return first + line + b"\n"

    return Says(glue, times=2)


@variants
@windows
def test_two_oks_glued_into_one_line_cost_no_line(variant: Variant, lines: int) -> None:
    wire = Wire(variant, lines=lines, says=glued_to_the_next())
    wire.print_all()
    assert wire.says.edited == 2


DAMAGED = {
    "okok": lambda ok: b"okok\n",
    "ok T:": lambda ok: b"ok" + REPORT + b"\n",
    "ok N P B T:": lambda ok: ok + REPORT + b"\n",
    "T:ok": lambda ok: REPORT + ok + b"\n",
    "N25 T:": lambda ok: b"N25" + REPORT + b"\n",
    "o": lambda ok: b"o\n",
    "k": lambda ok: ok[1:] + b"\n",
    "OK": lambda ok: ok.upper() + b"\n",
    "o?k": lambda ok: b"o\xff" + ok[1:] + b"\n",
    "ok in two lines": lambda ok: b"o\n" + ok[1:] + b"\n",
    "ok after a NUL": lambda ok: b"\0" + ok + b"\n",
    "ok before a CR": lambda ok: ok + b"\r\n",
    "a number cut off": lambda ok: ok[: max(2, len(ok) - 8)] + b"\n",
    "the number of another line": lambda ok: b"ok N7 P15 B3\n",
    "a number not sent yet": lambda ok: b"ok N99999 P15 B3\n",
    "a number below zero": lambda ok: b"ok N-1 P15 B3\n",
    "no number": lambda ok: b"ok P15 B3\n",
}


@variants
@windows
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("how", DAMAGED.values(), ids=list(DAMAGED))
def test_a_mangled_ok_costs_no_line(variant: Variant, lines: int, times: int, how: object) -> None:
    assert callable(how)
    wire = Wire(variant, lines=lines, says=Says(how, times=times))
    wire.print_all()
    assert wire.says.edited == times


@variants
@windows
@pytest.mark.parametrize("times", [1, 3])
def test_a_mangled_answer_to_m105_costs_no_line(variant: Variant, lines: int, times: int) -> None:
    says = Says(lambda ok: ok[3:] + b"\n", what=re.compile(rb"ok T"), times=times)
    wire = Wire(variant, lines=lines, says=says)
    wire.print_all([line for move in MOVES for line in (move, "M105")])
    assert wire.says.edited == times


@variants
@windows
def test_words_that_come_a_byte_at_a_time_cost_no_line(variant: Variant, lines: int) -> None:
    wire = Wire(variant, lines=lines)
    wire.in_pieces(0.0)
    wire.print_all()
    assert wire.troubles == 0


@variants
@windows
@pytest.mark.parametrize("late_s", [0.3, 2.0])
def test_an_ok_split_over_two_reads_costs_no_line(
    variant: Variant, lines: int, late_s: float
) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_some()
    wire.in_pieces(late_s)
    wire.print_rest()


@variants
@windows
@pytest.mark.parametrize("times", [1, 4])
def test_oks_out_of_order_cost_no_line(variant: Variant, lines: int, times: int) -> None:
    held = b""

    def swap(line: bytes) -> bytes:
        nonlocal held
        if not held:
            held = line
            return b""
        first, held = held, b""
        return line + b"\n" + first + b"\n"

    wire = Wire(variant, lines=lines, says=Says(swap, times=2 * times))
    wire.print_all()
    assert wire.says.edited == 2 * times


@variants
@windows
def test_an_advanced_ok_that_lies_about_its_queue_costs_no_line(
    variant: Variant, lines: int
) -> None:
    lies = iter(range(10**9))

    def lie(line: bytes) -> bytes:
        return (
            re.sub(rb"P\d+ B\d+", b"P%d B%d" % ((n := next(lies)) % 9999, n * 7 % 40), line) + b"\n"
        )

    wire = Wire(variant, lines=lines, says=Says(lie, times=10**9), rx_drop=True)
    wire.print_all()


@variants
@windows
def test_an_advanced_ok_that_loses_its_number_now_and_then_costs_no_line(
    variant: Variant, lines: int
) -> None:
    odd = re.compile(rb"ok N\d*[05] ")
    says = Says(lambda line: odd.sub(b"ok ", line) + b"\n", what=odd, skip=5, times=9)
    wire = Wire(variant, lines=lines, says=says)
    wire.print_all()
    assert says.edited == (9 if variant.advanced_ok else 0)


@variants
@windows
def test_a_flood_of_waits_costs_no_line_and_no_trouble(variant: Variant, lines: int) -> None:
    wire = Wire(
        variant, lines=lines, says=Says(lambda ok: ok + b"\n" + b"wait\n" * 50, times=10**9)
    )
    wire.print_all()
    assert wire.troubles == 0


@variants
@windows
def test_a_lost_ok_in_a_flood_of_waits_costs_no_line(variant: Variant, lines: int) -> None:
    wire = Wire(variant, lines=lines, says=Says(lambda _: b"wait\n" * 50, times=3))
    wire.print_all()


@variants
@windows
def test_a_lost_ok_costs_at_most_a_second_and_no_line(variant: Variant, lines: int) -> None:
    commands = ["G92 E0", *(f"M204 P{n}" for n in range(100, 160))]
    whole, lost = Wire(variant, lines=lines), Wire(variant, lines=lines)
    lost.says = Says(lambda _: b"")
    whole.print_all(commands)
    lost.print_all(commands)
    assert lost.says.edited == 1
    assert lost.now - whole.now <= 1.0


@variants
@windows
@pytest.mark.parametrize("count", [2, 5, 6])
def test_so_many_lost_oks_in_a_row_cost_no_line(variant: Variant, lines: int, count: int) -> None:
    """The questions' oks among them, whose echoes come."""
    wire = Wire(variant, lines=lines, says=Says(lambda _: b"", times=count))
    wire.print_all()
    assert wire.says.edited == count


def test_a_number_in_one_ok_of_a_board_that_gives_none_costs_no_line() -> None:
    wire = Wire(VARIANTS["single"], lines=4)
    wire.print_some()
    newest = wire.board.machine.last_number
    wire.core.receive(b"ok N%d P15 B3\n" % newest, wire.now)
    wire.print_rest()
    assert wire.troubles <= 1
