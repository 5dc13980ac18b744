"""The settings of a board as M503 lists them: from real firmware, and from hostile lines."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from gbterm import wire
from gbterm.firmware_settings import MOST_CHARS, MOST_LINES, Listing, MotionLimits, read

RECORDED = Path(__file__).parent / "data/marlin/01-boot-info.txt"

MARLIN_2_1 = """\
echo:; Linear Units:
echo:  G21 ; (mm)
echo:; Temperature Units:
echo:  M149 C ; Units in Celsius
echo:; Filament settings (Disabled):
echo:  M200 S0 D1.75
echo:; Steps per unit:
echo:  M92 X80.00 Y80.00 Z400.00
echo:  M92 T0 E93.00
echo:  M92 T1 E98.50
echo:; Max feedrates (units/s):
echo:  M203 X500.00 Y500.00 Z5.00 E25.00
echo:; Max Acceleration (units/s2):
echo:  M201 X500.00 Y500.00 Z100.00 E5000.00
echo:; Acceleration (units/s2) (P<print-accel> R<retract-accel> T<travel-accel>):
echo:  M204 P500.00 R1000.00 T750.00
echo:; Advanced (B<min_segment_time_us> S<min_feedrate> T<min_travel_feedrate> X<max_jerk>):
echo:  M205 B20000.00 S0.00 T0.00 X8.00 Y8.00 Z0.40 E5.00
echo:; Bilinear Bed Leveling:
echo:  M420 S0 Z10.00 ; Leveling OFF
echo:  G29 W I0 J0 Z-0.12500
echo:  G29 W I1 J0 Z0.04000
echo:; Material heatup parameters:
echo:  M145 S0 H180.00 B70.00 F0
echo:  M145 S1 H240.00 B110.00 F0
echo:; Hotend PID:
echo:  M301 E0 P22.20 I1.08 D114.00
echo:  M301 E1 P21.00 I1.01 D110.00
echo:; Z-Probe Offset:
echo:  M851 X-40.00 Y-10.00 Z-1.55 ; (mm)
echo:; Driver stepping mode:
echo:  M569 S1 X Y Z
echo:  M569 S1 T0 E
"""


def recorded(command: str) -> list[str]:
    """What the real firmware said to `command` before its ok."""
    lines = iter(RECORDED.read_text().splitlines())
    next(line for line in lines if line.endswith(f"> {command}"))
    answer: list[str] = []
    for line in lines:
        text = re.sub(r"^\[ *[0-9.]+\] < ?", "", line)
        if text.startswith("ok"):
            return answer
        answer.append(text)
    raise AssertionError(command)


@pytest.mark.parametrize("command", ["M503", "M503 S0"])
def test_real_firmware_s_listing_becomes_the_commands_that_it_is(command: str) -> None:
    listing = read(recorded(command))
    commands = [entry.command() for entry in listing.entries]
    assert commands[:4] == ["G21", "M200 T0 D1.75", "M200 T1 D1.75", "M200 S0"]
    assert commands[4] == "M92 X80.00 Y80.00 Z400.00 E500.00"
    assert "M205 B20000.00 S0.00 T0.00 J0.01" in commands
    assert commands[-1] == "M603 T1 L0.00 U100.00"
    assert listing.unknown == ("Z2.00",)
    values = {setting.key: setting.value for setting in listing.settings}
    assert values["M92 E"] == "500.00"
    assert values["M603 T1 U"] == "100.00"
    assert not listing.in_inches


def test_headings_are_what_stands_above() -> None:
    (steps, *_) = [s for s in read(recorded("M503")).settings if s.code == "M92"]
    assert (steps.heading, steps.letter, steps.value) == ("Steps per unit", "X", "80.00")
    old = read(["echo:Steps per unit:", "echo:  M92 X80.00 Y80.00 Z400.00 E93.00"])
    assert old.settings[0].heading == "Steps per unit"


def test_tools_materials_and_points_are_told_apart() -> None:
    listing = read(MARLIN_2_1.splitlines())
    values = {setting.key: setting.value for setting in listing.settings}
    assert values["M92 T1 E"] == "98.50"
    assert values["M145 S1 H"] == "240.00"
    assert values["M301 E1 P"] == "21.00"
    assert values["G29 W I1 J0 Z"] == "0.04000"
    assert values["M569 X Y Z S"] == "1"
    assert values["M851 Z"] == "-1.55"
    commands = [entry.command() for entry in listing.entries]
    said = [line.partition(";")[0].removeprefix("echo:") for line in MARLIN_2_1.splitlines()]
    assert commands == [line.strip() for line in said if line.strip()]


def test_a_change_is_written_with_what_it_is_of_and_nothing_besides() -> None:
    entry = read(MARLIN_2_1.splitlines()).entry("M301 E1")
    assert entry is not None
    assert entry.command({"I": "1.25"}) == "M301 E1 I1.25"


def test_motion_limits_are_in_mm_and_seconds() -> None:
    limits = read(MARLIN_2_1.splitlines()).motion_limits
    assert limits.feed == {"X": 500, "Y": 500, "Z": 5, "E": 25}
    assert limits.acceleration["E"] == 5000
    assert limits.jerk == {"X": 8, "Y": 8, "Z": 0.4, "E": 5}
    assert limits.steps == {"X": 80, "Y": 80, "Z": 400, "E": 93}
    assert (limits.print_acceleration, limits.retract_acceleration) == (500, 1000)
    assert (limits.travel_acceleration, limits.junction_deviation) == (750, None)
    assert limits.min_segment_s == 0.02
    real = read(recorded("M503")).motion_limits
    assert (real.jerk, real.junction_deviation) == ({}, 0.01)


def test_motion_limits_in_inches_and_of_old_firmware() -> None:
    inches = read(["  G20 ; (in)", "M203 X10.00 Y10.00", "M92 X3.15", "M204 P100 T100"])
    assert inches.in_inches
    assert inches.motion_limits.feed == {"X": 254, "Y": 254}
    assert inches.motion_limits.print_acceleration == 2540
    assert inches.motion_limits.steps == {}
    assert read(["echo:  M204 S500.00 R800.00"]).motion_limits.travel_acceleration == 500
    assert Listing().motion_limits.feed == {}


def test_hostile_lines_are_kept_as_lines_that_nobody_can_send() -> None:
    listing = read(["M92 X\x1b[2J", "M92 X1.0.0", "M92 X80\u202e", "M92 Xnan", "\x07; bell"])
    assert listing.entries == ()
    assert all(line.isprintable() for line in listing.unknown)
    assert len(read(["M92 X1"] * 10 * MOST_LINES).entries) == MOST_LINES
    (endless,) = read(["M92 X" + "1" * 10**6]).settings
    assert len(endless.value) < MOST_CHARS
    assert read(["M92 " + "X1 " * 50]).entries == ()


def test_noise_never_raises() -> None:
    dice = random.Random(503)
    for _ in range(300):
        noise = "".join(dice.choices("MG0129.-XYZE;: \x00é\nn", k=40)).split("\n")
        read(noise).motion_limits  # noqa: B018
        assert all(str(s.value).isascii() for s in read(noise).settings)


def test_limits_that_no_printer_has_are_not_told_and_keep_nobody_from_its_state() -> None:
    """What a damaged memory lists: a state with it could be read by no client."""
    damaged = f"  M203 X{3.4e38:.2f} Y300.00 Z-{9e30:.2f} E25.00", f"  M204 P{1e20:.2f} T3000.00"
    limits = read(damaged).motion_limits
    assert limits.feed == {"Y": 300.0, "E": 25.0}
    assert (limits.print_acceleration, limits.travel_acceleration) == (None, 3000.0)
    assert wire.from_json(MotionLimits, wire.to_json(limits)) == limits
