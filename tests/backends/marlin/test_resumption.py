"""Where the nozzle of a lost print is taken to be, by what was noted and what the board says."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.backends.marlin import resumption
from gbterm.gcode.check import check_file
from gbterm.jobs import Job
from gbterm.lost_print import Trail
from gbterm.model import Firmware

MARLIN = Firmware("Marlin 2.0.9.3 (Dec 25 2021)")
START = ["M104 S200", "G28", "G90", "M83", ";LAYER:0", "G1 X0 Y0 Z0.2 F1200"]
SQUARE = ["G1 X9 E1", "G1 Y9 E1", "G1 X0 E1", "G1 Y0 E1"]


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        (0.2, (0.2, 0.2)),
        (0.4, (0.4, 0.4)),
        (5.4, (5.4, 5.4)),
        (0.0, (0.2, 5.4)),
        (9.0, (0.2, 5.4)),
        (None, (0.2, 5.4)),
    ],
)
def test_a_process_that_died_may_have_lifted_it_since_it_noted_where_it_stood(
    tmp_path: Path, told: float | None, taken: tuple[float, float]
) -> None:
    path = tmp_path / "a.gcode"
    path.write_text("\n".join([*START, *SQUARE, "G1 Z0.4", *SQUARE]))
    report = check_file(path, MARLIN)
    job = Job(name="a", path=str(path), sha256=report.sha256, command=6)
    found = resumption.read(job, Trail(sent=1006, stands_mm=(0.2,)), MARLIN)
    place = found.heights(told, homed=False)
    assert (place.z_mm, place.highest_mm, place.is_told) == (*taken, told == taken[0])


@pytest.mark.parametrize(("told", "taken"), [(0.0, (0.0, 6.2)), (6.2, (6.2, 6.2))])
def test_the_zero_of_a_board_that_was_reset_tells_no_height(
    tmp_path: Path, told: float, taken: tuple[float, float]
) -> None:
    """Lifted before the first layer, where zero would be as good as any other height."""
    path = tmp_path / "a.gcode"
    path.write_text("\n".join([*START, *SQUARE]))
    report = check_file(path, MARLIN)
    job = Job(name="a", path=str(path), sha256=report.sha256, command=6)
    found = resumption.read(job, Trail(sent=6, stands_mm=(0.0, 6.2)), MARLIN)
    place = found.heights(told, homed=False)
    assert (place.z_mm, place.highest_mm, place.is_told) == (*taken, told != 0.0)
