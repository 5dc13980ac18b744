"""How long a print takes: what is told before and during it, against the board's own clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.estimate import MOVES, MOVES_OF_ANY_BOARD, Outlook, Pace, Timetable, pace_of
from gbterm.firmware_settings import MotionLimits
from gbterm.gcode.estimate import POINTS, WAITS, read_timetable
from tests.followed_print import BOX, Followed, told_by
from tests.virtual_print import Acknowledged, VirtualPrint, commands


def test_the_moves_of_a_box_take_as_long_as_the_board_says() -> None:
    board = VirtualPrint(heat_speed=1.0)
    table = read_timetable(BOX, told_by(board))
    sent = list(commands(BOX))
    heated = next(at for at, command in enumerate(sent) if command.text.startswith("M109"))
    homed = next(at for at, command in enumerate(sent) if command.text.startswith("G28 X0"))
    last = list(board.run(sent[: heated + 1]))[-1]
    began, (before, _) = board.now, table.at(last.command.end)
    assert list(board.run(sent[heated + 1 : homed]))
    took = board.finish() - began
    foretold = table.at(sent[homed - 1].end)[0] - before
    assert foretold == pytest.approx(took, rel=0.03)


def test_the_band_holds_the_truth_from_the_first_second_to_the_last() -> None:
    print_ = Followed().run()
    assert len(print_.told) > 300
    assert all(print_.is_held(one) for one in print_.told)
    assert print_.error(print_.told[0]) < 0.08, "with the heat, which nobody knows"
    assert max(map(print_.error, print_.since(0.25))) < 0.03
    assert {one.by for one in print_.since(0.5)} == {"moves+progress"}
    widths = [one.high_s - one.low_s for one in print_.told]
    assert widths[-1] < widths[len(widths) // 2] < widths[0] / 2


def test_a_slow_heat_up_is_waited_for_and_not_taken_for_slow_moves() -> None:
    def cold(print_: Followed, _: Acknowledged) -> None:
        print_.board.board.heaters.hotends[0].strength = 0.45

    print_ = Followed(meddle=cold).run()
    waits = [b.at_s - a.at_s for a, b in zip(print_.told, print_.told[1:], strict=False)]
    assert max(waits) > 100, "seconds of heating, where 47 are allowed for"
    heated = print_.told[waits.index(max(waits)) + 1].at_s
    later = [one for one in print_.told if one.at_s > heated]
    assert all(print_.is_held(one) for one in later)
    assert max(map(print_.error, later)) < 0.04


def test_half_the_speed_is_known_at_once_and_soon_for_certain() -> None:
    def slow(print_: Followed, done: Acknowledged) -> None:
        if done.command.number == 1500:
            print_.board.board.machine.feed_percent = print_.percent = 50.0

    print_ = Followed(meddle=slow).run()
    assert print_.took_s > 600, "where it takes 490 otherwise"
    slower = next(i for i, one in enumerate(print_.told) if one.percent == 50.0)
    assert all(print_.is_held(one) for one in print_.told[slower:])
    assert max(map(print_.error, print_.since(0.6))) < 0.05


def test_a_pause_is_no_slower_printing() -> None:
    def pause(print_: Followed, done: Acknowledged) -> None:
        if done.command.number == 1500:
            print_.progress.go(done.at_s, goes=False)
            print_.board.now += 900.0
            print_.paused_s = 900.0
            print_.progress.go(done.at_s + 900.0, goes=True)

    print_ = Followed(meddle=pause).run()
    assert all(print_.is_held(one) for one in print_.told)
    assert max(map(print_.error, print_.since(0.3))) < 0.05


@pytest.mark.parametrize("says_s", [60.0, 36000.0])
def test_a_slicer_that_lies_is_found_out(says_s: float) -> None:
    print_ = Followed(outlook=lambda _: Outlook(slicer_s=says_s)).run()
    assert all(print_.is_held(one) for one in print_.since(0.3))
    assert max(map(print_.error, print_.since(0.5))) < 0.15
    beside = Followed(
        outlook=lambda limits: Outlook(read_timetable(BOX, limits), MOVES, slicer_s=says_s)
    ).run()
    assert all(one.by.startswith("moves") for one in beside.since(0.1))
    assert all(beside.is_held(one) for one in beside.told)


def with_m73(tmp_path: Path, minutes: float) -> Path:
    """The box with the word of a slicer that takes all moves for `minutes`."""
    text, lines = [], BOX.read_text().splitlines()
    for number, line in enumerate(lines):
        if number % 60 == 0:
            share = 1 - number / len(lines)
            text.append(f"M73 P{100 - 100 * share:.0f} R{minutes * share:.0f}")
        text.append(line)
    path = tmp_path / "box-m73.gcode"
    path.write_text("\n".join(text) + "\n")
    return path


@pytest.mark.parametrize("minutes", [7, 20])
def test_the_files_own_word_is_corrected(tmp_path: Path, minutes: float) -> None:
    print_ = Followed(with_m73(tmp_path, minutes), outlook=lambda _: Outlook()).run()
    assert any(one.by == "file+progress" for one in print_.told)
    assert all(print_.is_held(one) for one in print_.since(0.5))
    assert max(map(print_.error, print_.since(0.6))) < 0.12


def test_a_printer_that_is_always_slower_is_known_by_its_past() -> None:
    def with_past(limits: MotionLimits) -> Outlook:
        table = read_timetable(BOX, limits)
        slow = Timetable(table.bytes, tuple(m * 0.8 for m in table.moves), table.waits)
        return Outlook(slow, Pace(1.26, 0.04, "history"))

    print_ = Followed(outlook=with_past).run()
    assert print_.told[0].by == "moves+history"
    assert print_.error(print_.told[0]) < 0.08
    assert all(print_.is_held(one) for one in print_.told)


def lines(tmp_path: Path, *text: str, limits: MotionLimits | None = None) -> Timetable:
    path = tmp_path / "some.gcode"
    path.write_text("\n".join(("G92 X0 Y0 Z0 E0", *text)) + "\n")
    return read_timetable(path, limits)


def test_one_move_is_a_trapezoid(tmp_path: Path) -> None:
    # 100 mm at 100 mm/s and 1000 mm/s²: 0.1 s up, 0.9 s along, 0.1 s down.
    table = lines(tmp_path, "M204 P1000 T1000", "G1 X100 F6000")
    assert table.moves_s == pytest.approx(1.1 + 1 / 120, abs=0.002)
    # 1 mm is too short for that speed: up to 31.6 mm/s and down again.
    table = lines(tmp_path, "M204 P1000 T1000", "G1 X1 F6000")
    assert table.moves_s == pytest.approx(2 * (1 / 1000) ** 0.5 + 1 / 120, abs=0.002)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (("M203 X50", "G1 X100 F6000"), 2.025),
        (("G1 Z10 F6000",), 2.05),
        (("M201 X100", "G1 X100 F60000"), 2.0),
        (("G4 S30", "G4 P500"), 30.5),
        (("G1 E-2 F2400",), 0.097),
        (("G20", "G1 X10 F236.22",), 2.58),
        (("G91", "G1 X50 F6000", "G1 X50"), 1.033),
        (("G1 X50 F6000", "G1 X100 F0"), 1.033),
        (("G01 X50 F6000", " N2 G00 X100 F3000*7"), 1.542),
        (("G2 X0 Y0 I10 F600",), 6.283),
    ],
)  # fmt: skip
def test_limits_dwells_inches_and_arcs_count(
    tmp_path: Path, text: tuple[str, ...], seconds: float
) -> None:
    assert lines(tmp_path, *text).moves_s == pytest.approx(seconds, rel=0.01, abs=0.01)


def test_a_corner_is_as_fast_as_the_firmware_lets_it(tmp_path: Path) -> None:
    corner = "M204 S1000", "G1 X50 F6000", "G1 Y50"
    axes = dict.fromkeys("XYZE", 1000.0)
    no_stop = MotionLimits(axes, axes, dict.fromkeys("XYZE", 1000.0), {})
    slow = replace(no_stop, jerk={"X": 8.0, "Y": 8.0, "Z": 0.4, "E": 5.0})
    bends = replace(no_stop, jerk={}, junction_deviation=0.05)
    fast, jerked, bent, square = (
        lines(tmp_path, *corner, limits=limits).moves_s
        for limits in (no_stop, slow, bends, replace(bends, junction_deviation=0.0001))
    )
    assert fast < jerked < square
    assert fast < bent < square
    # From 100 mm/s to 8 mm/s and up again: each 92 mm/s at 1000 mm/s², and slower meanwhile.
    assert jerked - fast == pytest.approx(2 * 0.092**2 * 1000 / 2 / 100, rel=0.15)


def test_a_wait_is_an_allowance_apart_from_the_moves(tmp_path: Path) -> None:
    table = lines(tmp_path, "M104 S210", "M190 S60", "M109 S210", "G28", "G1 X100 F6000")
    # The bed takes 70 s, within which the nozzle gets nearly as far as it has to.
    assert table.waits_s == pytest.approx(70 + 4 + 22, abs=1)
    assert table.moves_s < 2


def test_a_table_stays_small_whatever_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "long.gcode"
    path.write_text("G28\nG4 P1\nG1 X1 F600\nG1 X0\nM109 S200\n" * 5000)
    table = read_timetable(path, None)
    assert len(table.bytes) <= POINTS + 2 * WAITS
    assert list(table.bytes) == sorted(set(table.bytes))
    assert list(table.moves) == sorted(table.moves)
    nonsense = "G1 X1e9 F1e9\nG1 XXX\nG2 I0 J0\nG1 X5 F0\nM201 X-5\nM205 J0\nG4 S-4\nM109\n"
    far = "9" * 400
    nonsense += "".join(
        f"{code}{far}\n" for code in ["G1 X", "G1 E", "G4 S", "M109 S", "M201 X", "M204 S", "F"]
    )
    nonsense += (
        f"M109 S-{far}\nG1 X1 F{far}\nG2 X5 I{far}\nM205 J0.{far}\nM204 P.{'0' * 400}1\nG1 X9 Y2\n"
    )
    path.write_text(nonsense * 10)
    assert read_timetable(path, None).moves_s < 1e9


def test_past_prints_say_the_more_the_more_they_agree() -> None:
    assert pace_of([]) == MOVES
    one, many = pace_of([1.2]), pace_of([1.2, 1.19, 1.21] * 4)
    assert one.ratio == many.ratio == pytest.approx(1.2)
    assert many.spread < one.spread < MOVES.spread
    assert pace_of([1.0, 2.0, 1.5, 0.7]).spread > MOVES_OF_ANY_BOARD.spread
    assert pace_of([50.0, 0.0]) == MOVES, "nobody prints so"
