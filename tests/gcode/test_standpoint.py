"""How a printer stands before a line, against a plain reading of all the lines before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.errors import FileRefused
from gbterm.gcode.lines import Command
from gbterm.gcode.standpoint import MOST_RETRACTED_MM, Standpoint, Walker
from gbterm.model import Firmware
from tests.independent_gcode import canonical

MARLIN = Firmware("Marlin 2.0.9.3 (Dec 25 2021)")
PRUSA = Firmware("Prusa-Firmware 3.13.2 based on Marlin")
PASSING = ("M0", "M600", "M117", "M73", "G4")
"""What leaves nothing behind."""
BEGUN = ("G28", "G90", "M82", "G1 X0 Y0 Z0.2 E0 F1200")


def standpoint(*commands: str, firmware: Firmware = MARLIN) -> Standpoint:
    walker = Walker(firmware)
    for number, text in enumerate(commands, 1):
        walker.see(Command(text, number, number + 10, number * 100))
    return walker.standpoint()


@dataclass
class Plain:
    """A printer that does what it is told, written down as it comes to mind."""

    at: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys("XYZE", Decimal(0)))
    is_relative = is_e_relative = pulled = False
    unit = Decimal(1)
    tool = 0
    bed = 0.0
    feed = ""
    nozzles: dict[int, float] = field(default_factory=dict)
    fans: dict[int, float] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    fed: dict[int, Decimal] = field(default_factory=dict)
    most: dict[int, Decimal] = field(default_factory=dict)

    def do(self, text: str) -> None:
        command = canonical(text)
        words = {k: v for k, v in command.words.items() if isinstance(v, Decimal)}
        code = command.code
        if code in ("G0", "G1", "G2", "G3"):
            self._move(text, words)
        elif code == "G92":
            self.at["E"] = words["E"]
        elif code in ("G90", "G91"):
            self.is_relative = self.is_e_relative = code == "G91"
        elif code in ("M82", "M83"):
            self.is_e_relative = code == "M83"
        elif code in ("G10", "G11"):
            self.pulled = code == "G10"
        elif code in ("M104", "M109"):
            self.nozzles[int(words.get("T", self.tool))] = float(words["S"])
        elif code in ("M140", "M190"):
            self.bed = float(words["S"])
        elif code == "M106":
            self.fans[int(words.get("P", 0))] = float(words["S"])
        elif code == "M107":
            self.fans[int(words.get("P", 0))] = 0.0
        elif code.startswith("T"):
            self.tool = int(code[1:])
        else:
            self.given[code] = text

    def _move(self, text: str, words: dict[str, Decimal]) -> None:
        if "F" in words:
            self.feed = text.split("F")[1].split()[0]
        for axis in "XYZE":
            if axis not in words:
                continue
            is_relative = self.is_e_relative if axis == "E" else self.is_relative
            before = self.at[axis]
            self.at[axis] = words[axis] + (before if is_relative else 0)
            if axis == "E":
                fed = self.fed.get(self.tool, Decimal(0)) + self.at["E"] - before
                self.fed[self.tool] = fed
                self.most[self.tool] = max(self.most.get(self.tool, Decimal(0)), fed)


def number(least: int, most: int) -> st.SearchStrategy[str]:
    """Two decimals at most, as slicers write them."""
    return st.integers(least * 100, most * 100).map(lambda value: f"{Decimal(value) / 100:f}")


@st.composite
def words(draw: st.DrawFn, letters: str) -> str:
    chosen = draw(st.lists(st.sampled_from(letters), unique=True, min_size=1))
    return "".join(f" {letter}{draw(number(0, 9))}" for letter in chosen)


LINES = st.one_of(
    st.tuples(st.sampled_from(("G1", "G0", "G01")), words("XYZEF")).map("".join),
    number(1, 9).map(lambda value: f"G2 X{value} Y{value} I1 J1 E1"),
    st.sampled_from(("G90", "G91", "M82", "M83", "G10", "G11", "T0", "T1", "M0", "M600")),
    st.tuples(st.sampled_from(("M104 S", "M109 T1 S", "M140 S", "M190 S")), number(0, 99)).map(
        "".join
    ),
    st.tuples(st.sampled_from(("M106 S", "M106 P1 S")), st.integers(0, 255).map(str)).map("".join),
    st.sampled_from(("M107", "M107 P1")),
    number(0, 9).map("G92 E{}".format),
    st.tuples(
        st.sampled_from(("M204 P", "M205 X", "M900 K", "M203 E", "M207 S", "M200 D")), number(1, 9)
    ).map("".join),
    st.sampled_from(("M117 X5 Y5", "G4 P1", "M73 P10")),
)


@given(st.lists(LINES, max_size=40))
def test_it_is_what_a_plain_reading_of_all_lines_before_gives(lines: list[str]) -> None:
    plain = Plain()
    for line in ("G1 X0 Y0 Z0.2 E0 F1200", *lines):
        plain.do(line)
    pulled = plain.most.get(plain.tool, Decimal(0)) - plain.fed.get(plain.tool, Decimal(0))
    if pulled > MOST_RETRACTED_MM:
        with pytest.raises(FileRefused, match="unloaded"):
            standpoint(*BEGUN, *lines)
        return
    found = standpoint(*BEGUN, *lines)
    place = [found.x, found.y, found.z, found.e]
    assert place == pytest.approx([float(plain.at[axis]) for axis in "XYZE"], abs=1e-6)
    assert (found.modes.relative, found.modes.relative_e) == (
        plain.is_relative,
        plain.is_e_relative,
    )
    assert found.modes.feed.decode() == plain.feed
    assert (found.tool, found.bed, found.is_retracted_by_board) == (
        plain.tool,
        plain.bed,
        plain.pulled,
    )
    assert (found.nozzles, found.fans) == (plain.nozzles, plain.fans)
    settings = {text for code, text in plain.given.items() if code not in PASSING}
    assert set(found.settings) == settings
    assert found.retracted_mm == pytest.approx(float(pulled), abs=1e-6)
    assert (found.command, found.line, found.end) == (
        len(BEGUN) + len(lines),
        len(BEGUN) + len(lines) + 10,
        (len(BEGUN) + len(lines)) * 100,
    )


@pytest.mark.parametrize(
    ("lines", "settings"),
    [
        (["M204 P500", "M204 P900", "M204 P500 T700"], ["M204 P900", "M204 P500 T700"]),
        (["M204 S500", "M204 P900", "M204 S700"], ["M204 P900", "M204 S700"]),
        (["M203 E5 T0", "M203 E6 T1", "M203 E7 T0"], ["M203 E6 T1", "M203 E7 T0"]),
        (["M218 T1 X20", "M218 T1 X21"], ["M218 T1 X21"]),
        (["M420 S0"], ["M420 S0"]),
        (["G18", "G20", "M104 S200", "G21", "G17", "M204 P9"], ["M204 P9"]),
        (["M412 S0", "M211 S0", "M92 E400"], ["M412 S0", "M211 S0", "M92 E400"]),
    ],
)
def test_of_each_setting_the_last_is_kept_in_the_order_that_they_came(
    lines: list[str], settings: list[str]
) -> None:
    assert list(standpoint(*lines, *BEGUN).settings) == settings


@pytest.mark.parametrize(
    ("lines", "leveling"),
    [
        (["G28"], ""),
        (["G28", "G29"], "M420 S1"),
        (["M420 S1 Z10", "M420 V"], "M420 S1 Z10"),
        (["G29", "M420 S0"], ""),
        (["M420 S1", "M420 Z5"], "M420 S1"),
    ],
)
def test_leveling_is_on_as_the_file_left_it(lines: list[str], leveling: str) -> None:
    assert standpoint(*lines, *BEGUN).leveling == leveling


def test_the_highest_place_is_that_of_the_part_not_of_a_hop() -> None:
    walker = Walker(MARLIN)
    for text in (*BEGUN, "G1 X9 E1", "G1 Z8", "G1 X1 E2", "G1 Z30", "G1 X5", "G1 Z1", "G1 X2 E3"):
        walker.see(Command(text, 1, 1, 1))
    assert walker.top_mm == 8


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([*BEGUN, "G92 X5"], r"'G92 X5', shifts"),
        (["G92 X5", "G28 Z", *BEGUN[1:]], r"does not say where the head is|shifts"),
        ([*BEGUN, "M206 Z1", "G28", *BEGUN[1:]], r"'M206 Z1', shifts the coordinates, or may"),
        ([*BEGUN, "G55"], r"'G55'"),
        ([*BEGUN, "G17", "G18"], r"'G18', turns the plane of arcs"),
        (["G20", "M92 E2400", "G21", *BEGUN], r"'M92 E2400', sets lengths in inches"),
        ([*BEGUN, "G92.1"], r"'G92.1', leaves it open where the head is"),
        ([*BEGUN, "G28 X"], r"'G28 X', leaves it open where the head is"),
        ([*BEGUN, "G5 X1 Y1 I1 J1 P1 Q1"], r"'G5 X1.*leaves it open where the head is"),
        ([*BEGUN, "M1001"], r"'M1001', leaves it open"),
        ([*BEGUN, "G1 E100", "G1 E40"], r"comes while the filament is unloaded"),
        ([*BEGUN, "G3 X5 Y5 Z1 I1"], r"does not say where the head is"),
        (["G90", "G1 X0 Y0 Z1 E0"], r"does not say where the head is"),
        (["G28", "G1 X1 Y1 Z1"], r"absolute or relative"),
        ([*BEGUN, *(f"M218 T{index} X1" for index in range(201))], "201st kind of setting"),
    ],
)
def test_what_is_not_known_exactly_is_refused_by_name(lines: list[str], why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        standpoint(*lines)


def test_a_mesh_that_only_its_probing_brings_back_is_refused() -> None:
    assert standpoint("G80", *BEGUN).leveling == ""
    with pytest.raises(FileRefused, match="'G80', levels the bed by a mesh that a reset forgets"):
        standpoint("G28 W", "G80", *BEGUN[1:], firmware=PRUSA)
