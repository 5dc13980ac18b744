from __future__ import annotations

import pytest

from gbterm.gcode.whereabouts import Place, Whereabouts
from gbterm.model import Firmware

MARLIN_2, MARLIN_1 = "Marlin 2.0.9.3 (Dec 25 2021)", "Marlin 1.1.9 (Github)"
PRUSA = "Prusa-Firmware 3.13.2 based on Marlin"
HOMED = ("G28", "G90", "M82")
Axes = tuple[float | None, float | None, float | None, float | None]


def after(*commands: str, firmware: str = MARLIN_2) -> Place:
    whereabouts = Whereabouts(Firmware(firmware))
    for command in commands:
        whereabouts.follow(command.encode())
    return whereabouts.place


def axes(place: Place) -> Axes:
    x, y, z, e = (spot.value if spot else None for spot in place)
    return x, y, z, e


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["G1 X1"], (1, None, None, None)),
        (["G0 X1 Y2 Z3 E4"], (1, 2, 3, 4)),
        (["G1X1.5Y-.5"], (1.5, -0.5, None, None)),
        (["G92 E0", "M83", "G1 E.5", "G1 E.25"], (None, None, None, 0.75)),
        (["M83", "G1 E.5"], (None, None, None, None)),
        (["G1 X5 Y5", "G91", "G1 X1", "G1 Y-2"], (6, 3, None, None)),
        (["G92 E0", "G91", "G1 E1", "G90", "G1 E5"], (None, None, None, 5)),
        (["G1 X5", "G91", "G1 X1 X2"], (7, None, None, None)),
        (["G20", "G1 X1", "G21", "G1 Y1"], (25.4, 1, None, None)),
        (["G20", "G1 X1 E1"], (25.4, None, None, None)),
        (["G92 X10 E0"], (10, None, None, 0)),
        (["G1 X1", "G92"], (None, None, None, None)),
        (["G1 X1 E4", "G92 E"], (None, None, None, None)),
        (["G1 X1", "G2 X5 Y6 I1 J1"], (5, 6, None, None)),
        (["G1 X1 Y1 Z1 E1", "G3 X5 Y6 Z7 E8 I1"], (None, None, None, 8)),
        (["G1 X1 Y1 E3", "G28"], (None, None, None, None)),
        (["G1 X1 Y1 E3", "G28 X"], (None, None, None, None)),
        (["G28 X", "G1 Y2"], (None, 2, None, None)),
        (["G1 X1", "T1"], (None, None, None, None)),
        (["G1 X1", "M600"], (None, None, None, None)),
        (["G1 X1", "M104 S200", "M106", "G4 P1"], (1, None, None, None)),
        (["G1 X1", "M117 X5"], (1, None, None, None)),
        (["G10", "G1 X1", "G11"], (None, None, None, None)),
        (["G1 X1", "G26"], (None, None, None, None)),
        (["G1 X1", "G54"], (None, None, None, None)),
        (["G1 X1", "G53"], (None, None, None, None)),
        (["G1 X1", "M206 X5"], (None, None, None, None)),
        (["G1 X1", "M428"], (None, None, None, None)),
        (["G1 X1", "G60", "G1 X2"], (2, None, None, None)),
        (["G1 X1", "G60", "G61"], (None, None, None, None)),
        (["G1 X1", "G92.1"], (None, None, None, None)),
        (["G1 Z5", "M420 S1"], (None, None, None, None)),
        (["G1 Z5", "M851 Z-1"], (None, None, None, None)),
        (["G1 Z5", "M401"], (None, None, None, None)),
        (["G1 X1", "M605 S1"], (None, None, None, None)),
        (["G1 X1", "X2 Y3"], (None, None, None, None)),
        # What may have moved the nozzle may have changed the modes, too.
        (["M810", "G1 X1 E1"], (None, None, None, None)),
        (["M2000", "M82", "G1 X1 E1"], (None, None, None, 1)),
        (["G91.1", "G1 X1"], (None, None, None, None)),
        (["G91.1", "G90", "G1 X1"], (1, None, None, None)),
        # A board may refuse to move before it has homed.
        (["M84", "G1 X1 E1"], (None, None, None, None)),
        (["M84", "G28 X Y", "G1 X1 E1"], (None, None, None, None)),
        (["M84", "G28 X Y", "G28 Z", "G1 X1 E1"], (1, None, None, 1)),
        (["M84 S0", "M18 E", "G1 X1"], (1, None, None, None)),
        # Moves of an object that was cancelled at the printer are left out.
        (["M486 T4", "M486 S0", "G1 X1"], (None, None, None, None)),
        (["M486 S0", "M486 S-1", "G1 X1"], (1, None, None, None)),
    ],
)
def test_a_file_says_where_it_leads(commands: list[str], expected: Axes) -> None:
    assert axes(after(*HOMED, *commands)) == pytest.approx(expected)


@pytest.mark.parametrize("commands", [["G1 X1 Y2 Z3 E4"], ["G92 Z5 E0"], ["G28 X", "G1 X5 Z2"]])
def test_nothing_is_known_before_every_axis_was_homed(commands: list[str]) -> None:
    assert axes(after("G90", "M82", *commands)) == (None, None, None, None)


@pytest.mark.parametrize(
    ("firmware", "commands", "e"),
    [
        (MARLIN_2, ["M83", "G90", "G1 E5"], 5),
        (MARLIN_2, ["G91", "M82", "G1 E5"], 5),
        (MARLIN_2, ["G91", "G1 E5"], 15),
        (MARLIN_1, ["M83", "G90", "G1 E5"], 15),
        (MARLIN_1, ["M83", "G91", "G1 E5"], 15),
        (MARLIN_1, ["M82", "G90", "G1 E5"], 5),
        # Relative for Marlin 1.1 and absolute for a Prusa MK3.
        (MARLIN_1, ["M82", "G91", "G1 E5"], None),
        (PRUSA, ["M82", "G91", "G1 E5"], None),
        (PRUSA, ["M82", "G91", "G1 E5", "G90", "G1 E7"], 7),
        (PRUSA, ["M83", "G90", "G1 E5"], 15),
        ("", ["M83", "G90", "G1 E5"], 15),
    ],
)
def test_what_makes_e_relative_is_read_as_the_firmware_reads_it(
    firmware: str, commands: list[str], e: float | None
) -> None:
    assert axes(after("G28", "G92 E10", *commands, firmware=firmware))[3] == e


@pytest.mark.parametrize("firmware", [MARLIN_1, PRUSA, ""])
def test_how_e_is_meant_is_unknown_until_the_file_says_so(firmware: str) -> None:
    assert axes(after("G28", "G90", "G92 E0", "G1 E5", firmware=firmware))[3] is None


def test_relative_extrusion_allows_for_marlins_single_precision() -> None:
    e = after(*HOMED, "G92 E0", "M83", *["G1 E1"] * 1000)[3]
    assert e
    assert e.value == 1000
    assert 0.01 < e.slack < 0.1
    told = after(*HOMED, "M83", "G1 E1", "G92 E0")[3]
    assert told
    assert told.slack == 0.0


def test_how_far_relative_moves_went_is_known_until_a_line_says_where_they_led() -> None:
    moves = ["G1 X5", "G91", "G1 X-9", "G1 X30", "G1 X-20"]
    x = after(*HOMED, *moves)[0]
    assert x
    assert (x.value, x.least, x.most) == (6, -4, 26)
    x = after(*HOMED, *moves, "G90", "G1 X7")[0]
    assert x
    assert (x.value, x.least, x.most) == (7, 7, 7)
