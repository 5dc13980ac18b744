from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.gcode.pack import pack
from gbterm.model import Firmware
from tests.gcode.marlin_words import words

DATA = Path(__file__).parents[1] / "data/gcode"


@pytest.mark.parametrize(
    ("line", "packed"),
    [
        (b"G1 X12.340 Y067.800 E-0.1200 F3000.0", b"G1X12.34Y67.8E-.12F3000"),
        (b"G01 X0 Y0.0 Z-0.000", b"G1X0Y0Z-0"),
        (b"G1 X5. Y.5 Z00.10 E+1", b"G1X5Y.5Z.1E1"),
        (b"G2 X100 I0.000 J-10.00", b"G2X100I0J-10"),
        (b"G0 Y0 X10", b"G0Y0 X10"),
        (b"G1 E-0.0X7", b"G1E-0 X7"),
    ],
)
def test_a_move_gets_as_short_as_marlin_allows(line: bytes, packed: bytes) -> None:
    assert pack(line) == packed


@pytest.mark.parametrize(
    "line",
    [
        b"G1",
        b"G1 X",
        b"G1 X Y5.0",
        b"G1 X5.0 M110",
        b"G1 X5.0 N3",
        b"G4 P100.0",
        b"G28 X0",
        b"G29 P1.0",
        b"G92 E0.0",
        b"G1.1 X1.0",
        b"M204 P1500.0 T1500.0",
        b"M117 G1 X1.0",
        b"G1 X1.0e5",
        b"G1 X1.0.0",
        b"G1 X1.0-1.0",
        b"G1 X1.0 (a)",
        b"G5 X1.0 Y1.0",
        b"G1 X\xff1.0",
    ],
)
def test_everything_else_goes_byte_for_byte(line: bytes) -> None:
    assert pack(line) == line


NUMBER = st.from_regex(rb"[-+]?(?:[0-9]{1,4}(?:\.[0-9]{0,5})?|\.[0-9]{1,5})", fullmatch=True)
WORD = st.tuples(st.sampled_from([b" ", b"", b"  "]), st.sampled_from(b"XYZEFIJRPSK"), NUMBER)


@given(
    st.sampled_from([b"G0", b"G1", b"G2", b"G3", b"G01", b"G 1", b"G4", b"G92"]),
    st.lists(st.tuples(WORD, st.sampled_from([b"", b" "])), max_size=8),
)
def test_random_moves_mean_the_same_to_marlin(
    code: bytes, parts: list[tuple[tuple[bytes, int, bytes], bytes]]
) -> None:
    line = code + b"".join(
        space + bytes([letter]) + inner + number for (space, letter, number), inner in parts
    )
    packed = pack(line)
    assert words(packed) == words(line)
    assert len(packed) <= len(line) + line.count(b"X")


@given(st.binary(max_size=60))
def test_random_bytes_mean_the_same_to_marlin(tail: bytes) -> None:
    line = b"G1" + tail
    packed = pack(line)
    assert packed == line or words(packed) == words(line)


def test_real_files_get_shorter_and_mean_the_same() -> None:
    before = after = 0
    for line in gzip.decompress((DATA / "cone-cura.gcode.gz").read_bytes()).splitlines():
        packed = pack(line)
        before, after = before + len(line), after + len(packed)
        if packed != line:
            assert words(packed) == words(line)
    assert after < 0.91 * before


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("Marlin bugfix-2.0.x (Jul 25 2021)", True),
        ("Marlin 2.1.2.5", True),
        ("Marlin 1.1.9", False),
        ("Prusa-Firmware 3.9.3 based on Marlin", False),
        ("", False),
    ],
)
def test_only_a_marlin_of_version_2_or_later_is_sent_packed_moves(name: str, allowed: bool) -> None:
    assert Firmware(name).is_marlin_2 is allowed
