"""What may be sent: every row of the table, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.gcode.policy import CODES, LINE_NUMBER_DIGITS, LONGEST_TEXT, Action, judge
from gbterm.model import Firmware

STOCK = Firmware(name="Marlin", capabilities={"PROMPT_SUPPORT": False})
PROMPTING = Firmware(name="Marlin", capabilities={"PROMPT_SUPPORT": True, "EMERGENCY_PARSER": True})
DEAF = Firmware(name="Marlin", capabilities={"PROMPT_SUPPORT": True})


def action(text: str, firmware: Firmware = STOCK) -> str:
    return judge(text, firmware).action.value


@pytest.mark.parametrize(
    "text",
    [
        "G1 X1.5 Y-2 E.05 F7800", "G01 X1", "G28", "G29.1", "T0", "T1", "M104 S200", "M109 S200",
        "M105", "M84", "M117 Layer 2 (of 10)", "M117 Füße", "M117 stop with M1120", "M118 hello",
        "M118 E1 ok", "M118 A1 action:cancel", "M205 X8", "M290", "M503", "M155 S0", "M20", "M27",
        "M73 P5 R10", 'M486 A"box.stl"', "PRINT_START BED=60", 'M117 5" nozzle',
    ],
)  # fmt: skip
def test_sent(text: str) -> None:
    assert action(text) == "sent"


@pytest.mark.parametrize("text", ["M500", "M0501", "M 502", "M500 S1"])
def test_asked(text: str) -> None:
    assert action(text) == "asked"


@pytest.mark.parametrize("text", ["M0", "M1", "M00", "M0 Insert the (hot) nut", "M1 S5"])
def test_held(text: str) -> None:
    assert action(text) == "held"


def test_a_filament_change_is_held_where_the_firmware_cannot_ask() -> None:
    assert action("M600", STOCK) == "held"
    assert action("M600", DEAF) == "held"
    assert action("M600 B3", PROMPTING) == "sent"


@pytest.mark.parametrize(
    "text",
    [
        "M110", "M110 N0", "M0110", "M 110", "M117 after M110", "G1 X1 M110",
        "M112", "M0112", "M 112", "M1120", "M112 now", "M108", "M1081", "M410", "M876 S0",
        "M28 x.gco", "M29", "M30 x.gco", "M24", "M32 !x.gco#", "M928 log", "M997", "M999",
        "M575 B9600", "M117 a*b", "G1 X1*5 Y2", "M117 a\\b", "M117 a\x1b[2Jb", "M117 a\x08b",
        "M117 \udcff", 'M117 "a;b"', "Nxx M105", "g1 x1", "m112", "t0", "G1 x10", "G1 X1 (open E5",
        "G1 X1) Y2", "KILL", "^X", "S000", "P000", "R000", "M118 ok", "M118 P0 Resend: 4",
        "M118 start", "M118 E0 Error:Printer halted", "M118 wait", "1", "1e999", "0x10", "7 G28",
    ],
)  # fmt: skip
def test_refused_with_a_reason(text: str) -> None:
    verdict = judge(text, PROMPTING)
    assert verdict.action is Action.REFUSED
    assert verdict.reason


@given(st.sampled_from(sorted(CODES)), st.integers(0, 3), st.integers(0, 3))
def test_zeros_and_blanks_hide_no_code(code: int, blanks: int, zeros: int) -> None:
    plain = judge(f"M{code}", STOCK)
    assert judge(f"M{' ' * blanks}{'0' * zeros}{code} P1", STOCK).action is plain.action
    assert plain.action is not Action.SENT


@given(st.integers(0, 9_999_999_999), st.text("0123456789.XYE -", max_size=100))
def test_what_is_sent_fits_into_marlins_buffer(number: int, tail: str) -> None:
    text = f"G1 {tail}".strip()
    if judge(text, STOCK).action is Action.SENT:
        assert len(f"N{number} {text}*255") <= 95


def test_the_longest_line_is_counted_in_bytes() -> None:
    fits = "M117 " + "a" * (LONGEST_TEXT - 5)
    assert action(fits) == "sent"
    assert len(f"N{'9' * LINE_NUMBER_DIGITS} {fits}*255") == 95
    assert action(fits + "a") == "refused"
    assert action(fits[:-1] + "ü") == "refused"
