"""Of which kind a console line is, what is shown of it, and which lines somebody wants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.console_lines import (
    LONGEST,
    ConsoleLine,
    ConsoleLines,
    Filter,
    command,
    kind,
    shown,
    widest,
)

KINDS = [
    ("out", "N1234G1X10Y5.5E.2*33", "moves"),
    ("out", "N1234 G0 X1*33", "moves"),
    ("out", "G3X1Y1I2", "moves"),
    ("out", "N7 G28 X*12", ""),
    ("out", "N7 G10*12", ""),
    ("out", "N7 M105*12", "temperatures"),
    ("out", "N7 M155 S1*12", "temperatures"),
    ("out", "N7 M1050*12", ""),
    ("out", "M112", ""),
    ("in", "ok", "ok"),
    ("in", "ok N1234 P15 B3", "ok"),
    ("in", "ok T:21.30 /0.00 B:20.10 /0.00 @:0 B@:0", "temperatures"),
    ("in", " T:21.30 /0.00 B:20.10 /0.00 @:0 B@:0", "temperatures"),
    ("in", "T:181.30 /200.00 B:20.10 /0.00 @:127 B@:0 W:?", "temperatures"),
    ("in", "T0:21.30 /0.00 @:0", "temperatures"),
    ("in", "echo:busy: processing", "busy"),
    ("in", "wait", "busy"),
    ("in", "Not SD printing", "busy"),
    ("in", "SD printing byte 12/1200", "busy"),
    ("in", "SD printing is not possible", ""),
    ("in", "Error:Temperature", ""),
    ("in", "X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0 Y:0 Z:0", "positions"),
    ("in", "X:-1.5Y:2.00Z:0.00E:0.00 Count X: 0Y:0Z:0", "positions"),
    ("in", "echo:  M206 X0.00 Y0.00 Z0.00", ""),
    ("out", "N7 M114*12", "positions"),
    ("out", "M154 S1", "positions"),
    ("out", "M1140", ""),
    ("in", "Resend: 12", ""),
]


@pytest.mark.parametrize(("direction", "text", "expected"), KINDS)
def test_kinds(direction: str, text: str, expected: str) -> None:
    assert kind(ConsoleLine(0.0, direction, text)) == expected


def test_a_command_is_told_from_its_number_and_checksum() -> None:
    assert command("N1234G1X10*33") == "G1X10"
    assert command("N7 M117 5*3 *12") == "M117 5*3"
    assert command("M112") == "M112"


@pytest.mark.parametrize(
    "text",
    [
        'M587 S"Home" P"hunter2"',
        'N12 M587 S"Home" Phunter2*55',
        "M589 Phunter2",
        "M 511 Phunter2",
        "M512 S1 Phunter2",
        "M512 Shunter2",
        "[ESP101]hunter2",
        'echo:Unknown command: "M587 S"Home" P"hunter2""',
    ],
)
def test_passwords_are_not_shown(text: str) -> None:
    assert "hunter2" not in shown(text.encode())
    assert shown(text.encode()).endswith("***")


def test_what_is_no_text_is_made_fit_to_be_shown() -> None:
    assert shown(b"a\x1b[2Jb\xff\r\n") == "a?[2Jb\ufffd"
    assert len(shown(b"x" * 5000)) == LONGEST


@given(st.binary(max_size=100))
def test_whatever_comes_can_be_shown_and_has_a_kind(raw: bytes) -> None:
    text = shown(raw)
    assert text.isprintable()
    for direction in ("in", "out"):
        kind(ConsoleLine(0.0, direction, text))


LINES = ConsoleLines(
    (
        ConsoleLine(1.0, "out", "N7 M105*12"),
        ConsoleLine(2.0, "in", "ok T:21.30 /0.00 @:0"),
        ConsoleLine(3.0, "out", "N8 M117 Hello*12"),
        ConsoleLine(4.0, "in", "ok"),
    ),
    skipped=3,
)


def test_a_filter_hides_kinds_and_wants_words() -> None:
    quiet = Filter(frozenset({"ok", "temperatures"}))
    assert quiet.of(LINES) == ConsoleLines(LINES.lines[2:3], skipped=3)
    assert Filter(contains="hELLO").of(LINES).lines == LINES.lines[2:3]
    assert Filter().of(LINES) == LINES


def test_the_widest_filter_keeps_from_nobody_what_it_wants() -> None:
    filters = [Filter(frozenset({"ok", "moves"}), "a"), Filter(frozenset({"ok"}), "a")]
    assert widest(filters) == Filter(frozenset({"ok"}), "a")
    assert widest([*filters, Filter(frozenset({"ok"}), "b")]) == Filter(frozenset({"ok"}))
