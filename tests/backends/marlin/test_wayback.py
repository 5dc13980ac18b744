"""What a printer is told on its way back into a print, command by command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm.backends.marlin.wayback import WayBack, has_no_mesh, refuses_to_move
from gbterm.gcode.lines import Command
from gbterm.gcode.standpoint import Standpoint, Walker
from gbterm.lost_print import Trail
from gbterm.model import Firmware

LIMITS = ((0.0, 200.0), (0.0, 200.0), (0.0, 180.0))
START = ("G28", "G90", "M82", "M140 S60", "M104 S210", "M106 S128", "G1 X0 Y0 Z0.2 E0 F1200")


def standpoint(*lines: str) -> Standpoint:
    walker = Walker(Firmware("Marlin 2.0.9.3"))
    for number, text in enumerate((*START, *lines), 1):
        walker.see(Command(text, number, number, number))
    return walker.standpoint()


def way(*lines: str, z_mm: float = 10.0, top_mm: float = 10.0, feed: float = 200.0) -> WayBack:
    return WayBack(standpoint(*lines), Trail(), z_mm, top_mm, LIMITS, feed)


def whole(way: WayBack) -> list[str]:
    leveling = (way.start.leveling,) if way.start.leveling else ()
    return [*way.heating, *way.lift, *way.onward, *leveling, *way.down]


def test_all_of_it_in_order() -> None:
    back = way("M204 P800", "G1 X40 Y30 Z10 E90", "G1 E85 F2400")
    back = replace(back, trail=Trail(speed_percent=80, flows={0: 95}))
    assert whole(back) == [
        *("M190 S60", "M109 T0 S210"),
        *("G21", "G90", "G92.9 Z10.000", "G92 Z10.000", "G1 Z15.000 F600"),
        *("G28 X Y", "M204 P800", "M83", "G1 E8 F180", "G1 E-5 F2400"),
        *("G21", "G90", "G1 Z15.000 F600", "G1 X40.000 Y30.000 F6000", "G1 Z10.000 F600"),
        *("G92 E85.00000", "M106 P0 S128", "M220 S80", "M221 T0 S95", "M82", "G1 F2400"),
    ]


LAST = "G1 X40 Y30 Z10 E9"


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (["M83", LAST], ["G92 E9.00000", "M106 P0 S128", "M220 S100", "M83", "G1 F1200"]),
        (
            [LAST, "G91", "G1 Z1"],
            ["G92 E9.00000", "M106 P0 S128", "M220 S100", "G91", "M83", "G1 F1200"],
        ),
        (
            [LAST, "M107", "G10"],
            ["G92 E9.00000", "M106 P0 S0", "M220 S100", "M82", "G1 F1200", "G10"],
        ),
        (
            ["M83", LAST, "G20", "G1 X1 F50"],
            ["G92 E9.00000", "M106 P0 S128", "M220 S100", "G20", "M83", "G1 F50"],
        ),
    ],
)
def test_the_files_next_line_finds_the_modes_that_it_counts_on(
    lines: list[str], end: list[str]
) -> None:
    assert list(way(*lines).down)[1:] == end


def test_the_head_passes_over_all_that_stands_there() -> None:
    """Objects printed one by one: the first is 60 mm high, and the nozzle stood beside it."""
    back = way("G1 X40 Y30 Z4 E9", z_mm=4, top_mm=60)
    assert "G1 Z65.000 F600" in back.lift
    assert [line for line in back.onward if line.startswith("G1 Z")] == ["G1 Z65.000 F600"]
    assert back.onward.index("G1 Z65.000 F600") < back.onward.index("G1 X40.000 Y30.000 F6000")
    assert back.stands_mm == (4, 65)


def test_it_goes_no_higher_than_the_printer_is() -> None:
    assert way(LAST, z_mm=178, top_mm=178).above_mm == 180
    assert way(LAST, z_mm=181, top_mm=181).above_mm == 181
    assert replace(way(LAST, z_mm=178, top_mm=178), limits=None).above_mm == 183


def test_several_nozzles_are_hot_before_one_of_them_primes() -> None:
    back = way("M104 T1 S190", "T1", "M900 K0.05", LAST)
    assert back.heating == ("M190 S60", "M104 T0 S210", "M109 T1 S190", "M109 T0 S210")
    assert back.onward[1:6] == ("M900 K0.05", "T1", "M109 T1 S190", "M900 K0.05", "M83")


def test_a_retraction_of_the_boards_own_is_undone_first_and_made_again() -> None:
    back = way("M207 S3", LAST, "G10", "G1 X50")
    assert back.onward[1:5] == ("M207 S3", "G11", "M83", "G1 E3 F180")
    assert back.down[-1] == "G10"
    assert "G10" not in way("G10", "G11", LAST).down


def test_z_is_homed_at_its_top_where_that_is_where_it_is() -> None:
    back = replace(way(LAST), homes_z=True, babystep_mm=-0.15)
    assert back.lift == ("G28 Z",)
    assert back.onward[:2] == ("G28 X Y", "M290 Z-0.15")
    assert not [line for line in whole(back) if line.startswith(("G92 Z", "G92.9"))]


def test_leveling_leaves_the_height_over_the_part_as_it_is() -> None:
    back = way("M420 S1 Z10", LAST)
    assert back.down[:3] == ("G92.9 Z15.000", "G92 Z15.000", "G1 Z10.000 F600")
    # A board that was not reset knows better.
    assert replace(back, is_told=True).down[0] == "G1 Z10.000 F600"


def test_no_feed_rate_is_above_the_limit() -> None:
    back = way(LAST, "G1 E5", feed=30.0)
    rates = [line.split("F")[1] for line in (*back.lift, *back.onward) if " F" in line]
    assert rates == ["600", "180", "1800", "600", "1800"]


@pytest.mark.parametrize("heated", ["", "M104 S0", "M140 S0"])
def test_what_was_cold_stays_cold(heated: str) -> None:
    lines = way(heated or "M105", LAST).heating
    assert not [line for line in lines if line.endswith(" S0")]
    assert len(lines) == (1 if heated else 2)


def test_a_cold_nozzle_primes_nothing() -> None:
    assert not [line for line in way(LAST, "M104 S0").onward if "E" in line]


def test_what_boards_say_to_it() -> None:
    assert refuses_to_move(("echo:Home X/Y/Z First",))
    assert refuses_to_move(("echo:Home XYZ First",))
    assert not refuses_to_move(("X:0.00 Y:0.00 Z:10.00 E:0.00 Count X:0 Y:0 Z:4000",))
    assert has_no_mesh(("echo:Bed Leveling OFF",))
    assert has_no_mesh(("Error:Failed to enable Bed Leveling",))
    assert not has_no_mesh(("echo:Bed Leveling ON", "echo:Fade Height 10.00"))
    assert not has_no_mesh(('echo:Unknown command: "M420 S1"',))
