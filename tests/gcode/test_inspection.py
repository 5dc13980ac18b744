"""A file that is looked at before it is printed: each kind of finding, and none where none is."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gbterm.errors import FileRefused
from gbterm.findings import FileCheck, Finding, Measures, Severity
from gbterm.gcode import inspection
from gbterm.gcode.inspection import inspect_file
from gbterm.model import Firmware
from tests.gcode.plain_look import PlainLook

DATA = Path(__file__).parents[1] / "data" / "gcode"
MARLIN = Firmware("Marlin 2.0.9", extruders=1)
PRINTER = Measures(
    MARLIN, {"nozzle": 300, "bed": 120}, (0.0, 235.0), (0.0, 235.0), (0.0, 250.0), model="Ender 3"
)
START = "G28\nM104 S200\nG1 X10 Y10 Z0.2\n"
Look = Callable[..., FileCheck]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def look(text: str | bytes, measures: Measures = PRINTER) -> FileCheck:
        path = tmp_path / "file.gcode"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return inspect_file(path, measures)

    return look


def told(check: FileCheck) -> list[tuple[Severity, str, int]]:
    return [(one.severity, one.kind, one.line) for one in check.findings]


@pytest.mark.parametrize("name", ["box.gcode", "bunny.gcode.gz", "cone-cura.gcode.gz"])
def test_in_files_of_slicers_nothing_is_found(look: Look, name: str) -> None:
    data = (DATA / name).read_bytes()
    check = look(gzip.decompress(data) if name.endswith(".gz") else data)
    assert (check.findings, check.not_judged) == ((), ())
    assert check.lines > 3000


@pytest.mark.parametrize(
    ("line", "severity", "kind", "says"),
    [
        ("G1 X235.02", "note", "bounds", "'G1 X235.02' leads to X 235.02; the printer has 0 to"),
        ("G1 X245.02", "ask", "bounds", "leads to X 245.02; the printer has 0 to 235"),
        ("G1 Z-0.5", "note", "bounds", "leads to Z -0.5;"),
        ("G1 Z-0.6", "ask", "bounds", "leads to Z -0.6;"),
        ("G0 Y-3", "note", "bounds", "leads to Y -3;"),
        ("G1 X1 Y2 Z251 E.5 F600", "ask", "bounds", "leads to Z 251;"),
        ("G2 X0 Y10 I-5 J0", "", "", ""),
        ("G3 X0 Y0 I-5 J-5", "note", "bounds", "leads to X -2.07107;"),
        ("M104 S301", "refuse", "too_hot", "heats the nozzle beyond its limit of 300 °C."),
        ("M190 S121", "refuse", "too_hot", "heats the bed beyond its limit of 120 °C."),
        ("T1", "ask", "tool", "'T1' means nozzle 2; the firmware tells of 1 nozzle."),
        ("M104 T2 S100", "ask", "tool", "means nozzle 3;"),
        ("M112", "refuse", "command", "halts the printer."),
        ("M28 x", "refuse", "command", "card"),
        ("M500", "ask", "command", "stores the present settings"),
        ("M0 Wait", "note", "held", "waits for the user"),
        ("M600", "note", "held", "asks for another filament"),
        ("G54", "note", "not_followed", "only the board knows"),
        ("M1001", "note", "not_offered", "no command of Marlin's"),
        ("START_PRINT BED=60", "note", "not_offered", "'START_PRINT BED=60' is no command"),
        ("; printer_model = MK3S", "ask", "model", "sliced for 'MK3S', and this printer is a"),
        (";TARGET_MACHINE.NAME:Creality Ender-3 V2", "", "", ""),
        ("; printer_settings_id = My Ender 3", "", "", ""),
        ("G1 X235.005", "", "", ""),
        ("M117 X500 (done)", "", "", ""),
        ("; G1 X500", "", "", ""),
        ("G1 X5 ; to X500", "", "", ""),
    ],
)
def test_each_kind_is_found(look: Look, line: str, severity: str, kind: str, says: str) -> None:
    check = look(f"{START}{line}\n")
    if not severity:
        assert check.findings == ()
        return
    assert (Severity(severity), kind, 4) in told(check)
    assert any(says in finding.text for finding in check.findings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("G28\nG1 X1 E1\n", [("cold", 2)]),
        ("G28\nM104 S169\nG1 E1\n", [("cold", 3)]),
        ("G28\nM302 S0\nG1 E1\n", []),
        ("G28\nM302 P1\nG1 E1\n", []),
        ("G28\nM109 R180\nG1 E1\nM104 S0\nG1 E0\nG1 E2\nG1 E3\n", [("cold", 6)]),
        ("M104 S200\nG1 X1 E1\nG1 X2 E2\nG28\nG1 X3 E3\n", [("not_homed", 2)]),
        ("M104 S200\nG28 X Y\nG1 X1 E1\n", [("not_homed", 3)]),
        ("M104 S200\nG28\nG1 X1 E1\nM84\nG1 X2 E2\n", [("not_homed", 5)]),
        ("M104 S200\nG1 Z5\nG28\nG1 E1\n", []),
        ("G28\nG91\nG1 X500\nG90\nG1 X5\nG91\nG1 X231\n", [("bounds", 7)]),
        ("G28\nG20\nG1 X9\nG1 X9.3\n", [("bounds", 4)]),
        ("G28\nG1 X200\nG92 X0\nG1 X30\nG1 X40\n", [("bounds", 5)]),
        ("G28\nG92 X0\nG1 X300\nG28\nG1 X300\n", [("bounds", 5)]),
        ("G28\nM810 G1 X500\nG1 X5\n", []),
        ("G28\nG1 X5\nG1 X999.9.9\n", [("bounds", 3)]),
        (
            "M104 S200\nM1001\nG1 X500 E1\nG90\nG1 X501\n",
            [("not_offered", 2), ("not_followed", 2), ("bounds", 5)],
        ),
    ],
)
def test_modes_are_followed(look: Look, text: str, expected: list[tuple[str, int]]) -> None:
    found = [(one.kind, one.line) for one in look(text).findings]
    assert sorted(found) == sorted(expected)


def test_like_lines_are_one_finding(look: Look) -> None:
    check = look(START + "G1 X300\nG1 X5\n" * 1000)
    (finding,) = check.findings
    assert finding == Finding(
        *(Severity.ASK, "bounds", 4, finding.text, 1000, 2002),
        tuple(range(4, 24, 2)),
    )
    assert finding.said.endswith("1000 lines are like it, the last is 2002.")


def test_a_report_stays_small_whatever_a_file_holds(look: Look) -> None:
    lines = "".join(f"WORD{number}\nT{number}\nM{1000 + number}\n" for number in range(5000))
    check = look(lines)
    assert len(check.findings) < 100
    assert sum(one.count for one in check.findings) >= 15_000
    assert all(len(one.lines) <= 10 for one in check.findings)


def test_what_the_firmware_says_it_has_not_is_found(look: Look) -> None:
    firmware = replace(MARLIN, capabilities={"ARCS": False, "AUTOLEVEL": False})
    check = look(START + "G29\nG2 X20 I5\n", replace(PRINTER, firmware=firmware))
    assert told(check) == [
        (Severity.ASK, "not_offered", 5),
        (Severity.NOTE, "not_offered", 4),
    ]
    other = Firmware("Klipper")
    assert look(START + "SET_SOMETHING X=1\n", replace(PRINTER, firmware=other)).findings == ()


def test_a_round_bed_has_no_corners(look: Look) -> None:
    delta = replace(PRINTER, x=(-100.0, 100.0), y=(-100.0, 100.0), round=True)
    inside = "G28\nM104 S200\nG1 X0 Y0\nG1 X70 Y70\nG1 X-99 Y0\n"
    assert look(inside, delta).findings == ()
    (finding,) = look(inside + "G1 X71.5 Y71\n", delta).findings
    assert (finding.line, finding.kind) == (6, "bounds")
    assert "beside the round bed" in finding.text


def test_what_is_not_known_is_not_judged_and_said(look: Look) -> None:
    check = look("G28\nG1 X9999\nM104 S999\nT9\n; printer_model = X\n", Measures())
    assert check.findings == ()
    assert check.not_judged == (
        "where moves lead",
        "temperatures",
        "what the firmware offers, and its nozzles",
        "the slicer's printer model",
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"hello\n", b"\x1f\x8b1", b";" * 2_000_000 + b"\n", b"A" * 1_200_000],
)
def test_what_is_no_gcode_is_refused(look: Look, data: bytes) -> None:
    with pytest.raises(FileRefused):
        look(data)


NUMBER = st.sampled_from(
    ["0", "5", "-5", "9.5", "99.9", "100.2", "-.5", "7.", "250", "-33.25", "+4", "", " 8"]
)
WORD = st.builds("{}{}".format, st.sampled_from("XYZEFIJ"), NUMBER)
MOVE = st.builds(
    "{}{}{}".format,
    st.sampled_from(["G1 ", "G0 ", "G1", "G01 ", "G2 ", "G3 ", " G1 ", "N7 G1 "]),
    st.lists(WORD, max_size=4, unique_by=lambda word: word[0]).map(" ".join),
    st.sampled_from(["", "", " ", " ; X500 E9", ' ;"', "\t"]),
)
OTHER = st.sampled_from(
    [
        *("G90", "G91", "M82", "M83", "G20", "G21", "G28", "G28 X", "G28 Z0", "G92 E0", "G92 X5"),
        *("G92 Y5 E3", "G92 E-2.5", "M104 S0", "M104 S200", "M109 S210 T0", "M109 S400", "M84"),
        *(
            "M18 X",
            "M84 E",
            "T0",
            "T1",
            "G17",
            "G18",
            "M302 P1",
            "M302 S150",
            "M204 S800",
            "M73 P1",
        ),
        *("M117 X5 Y900", "G29", "G4 P10", "M600", "", "; X900", 'M118 "a;b" X900', "M106 S255"),
        *("M201 X500 Y500", "FOO X500", "G1 X5 Y5 Z5 E5", "G1 X5 Y5 E6", "G1 X50 Y50 E7"),
    ]
)
LINES = st.lists(st.one_of(MOVE, MOVE, OTHER), max_size=60)
COMPARED = {"bounds", "cold", "not_homed", "tool", "too_hot"}


@settings(max_examples=300, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([7, 64, 1 << 18]))
@example(["G28", "G92 X5", "G1 X5", "G1 X900"], "\n", 64)
@example(["M83", "G1 X1 E1", "G92 E0", "M82", "G1 E-1", "G1 E2"], "\n", 64)
def test_a_plain_look_at_random_files_finds_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, part: int
) -> None:
    bounds = ((0.0, 100.0), (-4.0, 100.0037), (0.0, 50.0))
    plain = PlainLook(bounds)
    for number, line in enumerate(lines, 1):
        plain.see(number, line)
    path = tmp_path_factory.getbasetemp() / "random.gcode"
    path.write_text(end.join(["G4", *lines]), newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "PART", part)
        check = inspect_file(path, Measures(MARLIN, {"nozzle": 300.0}, *bounds))
    found = sorted(
        (one.kind, tuple(line - 1 for line in one.lines), one.count, one.last - 1)
        for one in check.findings
        if one.kind in COMPARED
    )
    expected = sorted(
        (kind, tuple(all_lines[:10]), len(all_lines), all_lines[-1])
        for (kind, _), all_lines in plain.found.items()
    )
    assert found == expected


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400)
    | st.text('GMTXYZE0159.-+ ;"()*\\\n\r\x01N', max_size=400).map(str.encode)
)
def test_any_bytes_are_looked_at_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.gcode"
    path.write_bytes(data)
    try:
        check = inspect_file(path, PRINTER)
    except FileRefused:
        return
    assert all(1 <= one.line <= check.lines for one in check.findings)
    assert all(one.text.isprintable() for one in check.findings)
