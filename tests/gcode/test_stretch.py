"""Where in its file a board stopped, and where the print goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.errors import OutOfRange, WrongState
from gbterm.gcode.stretch import find_stretch, stand_before
from gbterm.model import Firmware

MARLIN = Firmware("Marlin 2.0.9.3 (Dec 25 2021)")
START = ["G28", "G90", "M83", "; the first layer", "G1 X0 Y0 Z0.2 F1200"]
SQUARE = ["G1 X1 E1", "G1 Y1 E1", "G1 X0 E1", "G1 Y0 E1"]
HOP = ["G1 E-1", "G1 Z0.6", "G1 X5", "G1 Z0.2", "G1 E1"]
LAYERS = (4,)
"""The command that the first layer begins with."""


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "a.gcode"
    path.write_text("\n".join(lines))
    return path


def test_it_goes_from_the_moves_that_may_wait_to_what_may_have_been_sent(tmp_path: Path) -> None:
    file = written(tmp_path, *START, *SQUARE, *HOP, *SQUARE, *SQUARE)
    found = find_stretch(file, MARLIN, LAYERS, done=12, held=4, sent=14)
    # Commands 9 to 12 are lines 10 to 13: a retraction, a hop, a travel and down again.
    assert (found.first_line, found.last_line) == (10, 15)
    assert found.start_line == 12
    assert found.heights == (0.2, 0.6)
    assert found.top_mm == 0.2


def test_settings_that_were_acknowledged_are_no_part_of_it(tmp_path: Path) -> None:
    file = written(tmp_path, *START, *SQUARE, "M106 S9", "M204 P500", *SQUARE)
    found = find_stretch(file, MARLIN, LAYERS, done=10, held=2, sent=10)
    assert (found.first_line, found.last_line) == (8, 11)
    found = find_stretch(file, MARLIN, LAYERS, done=10, held=0, sent=10)
    assert (found.first_line, found.last_line, found.start_line) == (12, 12, 12)


def test_what_lay_in_the_planner_is_all_that_may_be_missing(tmp_path: Path) -> None:
    """The next travel is far ahead: the print goes on in the middle of a line of plastic."""
    file = written(tmp_path, *START, *SQUARE * 50, *HOP)
    found = find_stretch(file, MARLIN, LAYERS, done=20, held=3, sent=204 + 5)
    assert (found.first_line, found.start_line, found.last_line) == (19, 19, 210)
    assert found.heights == (0.2, 0.6)


def test_the_height_before_its_first_move_counts(tmp_path: Path) -> None:
    """The hop was sent, and perhaps not made."""
    file = written(tmp_path, *START, *SQUARE, *HOP)
    assert find_stretch(file, MARLIN, LAYERS, done=10, held=1, sent=11).heights == (0.2, 0.6)
    assert find_stretch(file, MARLIN, LAYERS, done=9, held=0, sent=9).heights == (0.2, 0.2)


def test_the_first_layers_first_lines_may_leave_it_open_where_the_head_is(tmp_path: Path) -> None:
    file = written(tmp_path, *START[:-1], "G1 X0 Y0", "G1 Z0.2", *SQUARE * 2)
    found = find_stretch(file, MARLIN, LAYERS, done=5, held=20, sent=9)
    assert (found.first_line, found.start_line) == (5, 7)


@pytest.mark.parametrize(("done", "sent"), [(0, 0), (3, 3), (3, 1003)])
def test_before_the_first_layer_there_is_nothing_to_go_on_with(
    tmp_path: Path, done: int, sent: int
) -> None:
    file = written(tmp_path, *START, *SQUARE)
    with pytest.raises(WrongState, match="before its first layer"):
        find_stretch(file, MARLIN, LAYERS, done=done, held=20, sent=sent)


def test_only_lines_that_print_can_be_named(tmp_path: Path) -> None:
    file = written(tmp_path, *START, *SQUARE, "", "; the end")
    assert stand_before(file, MARLIN, 6, LAYERS).command == 4
    assert stand_before(file, MARLIN, 9, LAYERS).command == 7
    for line, why in ((3, "before the first layer"), (10, "last command is in line 9")):
        with pytest.raises(OutOfRange, match=why):
            stand_before(file, MARLIN, line, LAYERS)
