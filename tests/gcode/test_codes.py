"""The table of commands as help, and what is found in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.gcode.codes import CODES, candidates, code_of
from gbterm.gcode.typed import in_capitals


def test_every_line_of_help_fits_a_terminal() -> None:
    lines = [f"{code.name} {code.parameters}  {code.help}" for code in CODES.values()]
    assert [line for line in lines if len(line) > 78] == []
    assert all(code.help for code in CODES.values())
    assert {char for line in lines for char in line if not char.isascii()} <= {"°"}


def test_codes_stand_in_their_order() -> None:
    places = [(name[0], float(name[1:] or 0)) for name in CODES]
    assert places == sorted(places)
    assert len(CODES) > 150


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("M104", "M104"),
        ("m0104 S200", "M104"),
        ("G1X5", "G1"),
        ("G38.2 Z-5", "G38.2"),
        ("T1", "T"),
        ("M10", "M10"),
        ("M9999", None),
        ("M", None),
        ("hello", None),
        ("", None),
    ],
)
def test_the_command_that_a_line_begins_with(text: str, name: str | None) -> None:
    code = code_of(text)
    assert (code and code.name) == name


def test_what_the_start_of_a_line_may_become() -> None:
    assert [code.name for code in candidates("m10")][:4] == ["M10", "M100", "M104", "M105"]
    assert [code.name for code in candidates("filament width")] == []
    assert "M106" in [code.name for code in candidates("fan")]
    assert candidates(" ") == ()
    assert candidates("fa") == ()


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("g28", "G28"),
        ("g28 x y", "G28 X Y"),
        ("g1 x10 y-5.5f3000", "G1 X10 Y-5.5F3000"),
        ("g0x 10   y 3", "G0X 10   Y 3"),
        ("t0", "T0"),
        ("m117 Hello x", "M117 Hello x"),
        ("m511 pabc", "M511 pabc"),
        ('m587 s"home" p"pw"', 'M587 s"home" p"pw"'),
        ("M23 file.gco", "M23 file.gco"),
        ("hello", "hello"),
    ],
)
def test_commands_are_sent_in_capitals_and_texts_as_written(written: str, sent: str) -> None:
    assert in_capitals(written) == sent


@given(st.text(alphabet="gmtGMT01. xyz-+", max_size=200))
def test_whatever_is_typed_gets_its_answer(text: str) -> None:
    code_of(text)
    candidates(text)
    assert in_capitals(text).upper() == text.upper()
