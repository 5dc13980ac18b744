from __future__ import annotations

import pytest

from gbterm.gcode.whereabouts import Place, Whereabouts


def after(*commands: str) -> Place:
    whereabouts = Whereabouts()
    for command in commands:
        whereabouts.follow(command.encode())
    return whereabouts.place


@pytest.mark.parametrize(
    ("commands", "axes"),
    [
        (["G1 X1"], (1, None, None, None)),
        (["G0 X1 Y2 Z3 E4"], (1, 2, 3, 4)),
        (["G1X1.5Y-.5"], (1.5, -0.5, None, None)),
        (["G92 E0", "M83", "G1 E.5", "G1 E.25"], (None, None, None, 0.75)),
        (["M83", "G1 E.5"], (None, None, None, None)),
        (["G1 X5 Y5", "G91", "G1 X1", "G1 Y-2"], (6, 3, None, None)),
        (["G92 E0", "G91", "G1 E1", "G90", "G1 E5"], (None, None, None, 5)),
        (["G20", "G1 X1", "G21", "G1 Y1"], (25.4, 1, None, None)),
        (["G92 X10 E0"], (10, None, None, 0)),
        (["G1 X1", "G2 X5 Y6 I1 J1"], (5, 6, None, None)),
        (["G1 X1 Y1 E3", "G28"], (None, None, None, None)),
        (["G1 X1", "T1"], (None, None, None, None)),
        (["G1 X1", "M600"], (None, None, None, None)),
        (["G1 X1", "M104 S200", "M106", "G4 P1"], (1, None, None, None)),
        (["G1 X1", "M117 X5"], (1, None, None, None)),
        (["G10", "G1 X1", "G11"], (None, None, None, None)),
        (["G1 X1", "G26"], (None, None, None, None)),
        (["G1 X1", "G60", "G1 X2"], (2, None, None, None)),
        (["G1 X1", "G60", "G61"], (None, None, None, None)),
        (["G1 X1", "G92.1"], (None, None, None, None)),
        (["G1 Z5", "M420 S1"], (None, None, None, None)),
        (["G1 X1", "M605 S1"], (None, None, None, None)),
        (["G1 X1", "X2 Y3"], (None, None, None, None)),
    ],
)
def test_a_file_says_where_it_leads(
    commands: list[str], axes: tuple[float | None, float | None, float | None, float | None]
) -> None:
    assert after(*commands)[:4] == pytest.approx(axes)


def test_relative_extrusion_allows_for_marlins_single_precision() -> None:
    *_, e, slack = after("G92 E0", "M83", *["G1 E1"] * 1000)
    assert e == 1000
    assert 0.01 < slack < 0.1
    assert after("M83", "G1 E1", "G92 E0")[4] == 0.0
