"""A whole file: what the user is told before a print starts."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from gbterm.errors import FileRefused
from gbterm.gcode.check import LISTED, check_file
from gbterm.gcode.lines import CHUNK
from gbterm.model import Firmware

DATA = Path(__file__).parent.parent / "data" / "gcode"
STOCK = Firmware(name="Marlin")


def written(tmp_path: Path, content: bytes, name: str = "part.gcode") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(FileRefused) as refused:
        check_file(path, STOCK)
    text = str(refused.value)
    assert text.isprintable()
    assert text.endswith(".")
    return text


@pytest.mark.parametrize(
    ("name", "commands", "lines"),
    [
        ("box.gcode", 2878, 3666),
        ("bunny.gcode.gz", 139136, 145964),
        ("cone-cura.gcode.gz", 49507, 51212),
    ],
)
def test_real_files(tmp_path: Path, name: str, commands: int, lines: int) -> None:
    content = (DATA / name).read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    report = check_file(written(tmp_path, content), STOCK)
    assert (report.commands, report.lines) == (commands, lines)
    assert report.bytes == len(content)
    assert report.sha256 == hashlib.sha256(content).hexdigest()
    assert (report.asked, report.held) == ((), ())


def test_what_is_asked_and_held_is_listed_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"G28\n\nM500 ; keep\nM0 Insert nut\nM600\n")
    report = check_file(path, STOCK)
    assert report.asked == ((3, "M500"),)
    assert report.held == ((4, "M0 Insert nut"), (5, "M600"))


def test_a_file_of_pauses_alone_does_not_fill_the_memory(tmp_path: Path) -> None:
    report = check_file(written(tmp_path, b"M0\n" * 5000), STOCK)
    assert (report.commands, len(report.held)) == (5000, LISTED)


@pytest.mark.parametrize(
    ("content", "commands", "lines"),
    [
        (b"; only a comment\n", 0, 1),
        (b"\xef\xbb\xbfG28\r\n; caf\xe9\r\nG1 X1", 2, 3),
        (b"G28\rG1 X1\r", 2, 2),
        (b"G28\n\n\n", 1, 3),
        (b";" + b"x" * (CHUNK - 2) + b"\r\nG28\r\n", 1, 2),
    ],
)
def test_odd_but_fine(tmp_path: Path, content: bytes, commands: int, lines: int) -> None:
    report = check_file(written(tmp_path, content), STOCK)
    assert (report.commands, report.lines) == (commands, lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"G28\nG1 X1\0\n", "line 2 holds a NUL"),
        (gzip.compress(b"G28\n", mtime=0), "compressed"),
        (b"GCDE\1", "binary G-code"),
        ("G28\n".encode("utf-16"), "UTF-16"),
        (b"Dear reader,\nthis is a letter.\n", "is no G-code"),
        (b"G28\n" + b"x" * (3 << 20), "Line 2 is longer than a megabyte"),
        (b"G28\n\nM112 ; bye\n", "line 3, 'M112', halts the printer"),
        (b"G28\nM117 " + b"w" * 90, "line 2, "),
        (b"G1 X1\nM117 a\x1b[2Jb\n", "line 2, 'M117 a?[2Jb', holds a control character"),
        (b"N1 M110 N0*1\n", "line 1, 'M110 N0', "),
    ],
)
def test_one_sentence_says_why_not(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(written(tmp_path, content))


def test_a_hostile_name_is_scrubbed(tmp_path: Path) -> None:
    assert "?[2Jx" in refusal(written(tmp_path, b"", "\x1b[2Jx.gcode"))


def test_a_file_that_is_gone_or_a_folder(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nothing.gcode")
    assert "can't be read" in refusal(tmp_path)


def test_the_highest_target_of_each_heater_is_known_with_its_first_line(tmp_path: Path) -> None:
    content = b"""M104 S150
M140 S60 ; bed
M190R80
M117 M104 S900
M109 T1 S 240.5
M104 T0
M109 S240.5
M104 S0
G1 X1 E2 ; M104 S500
N7 M0104 S230*33
"""
    hottest = check_file(written(tmp_path, content), STOCK).hottest
    assert {heater: (most.target, most.line, most.text) for heater, most in hottest.items()} == {
        "nozzle": (240.5, 5, "M109 T1 S 240.5"),
        "bed": (80.0, 3, "M190R80"),
    }


@pytest.mark.parametrize(
    ("command", "heater", "target"),
    [
        ("M109 S200 R310", "nozzle", 310),
        ("M109 S200 B260 F1", "nozzle", 260),
        ("M303 E-1 S120 C8", "bed", 120),
        ("M303 E-2 S60", "chamber", 60),
        ("M303 S250", "nozzle", 250),
        ("M191 S70", "chamber", 70),
        ("M104 S-5", "nozzle", -5),
        ("M104 S200 S320", "nozzle", 320),
        ("M145 S0 H320", "nozzle", 320),
        ("M810 G28|M140 S70", "bed", 70),
    ],
)
def test_every_way_to_heat_counts(tmp_path: Path, command: str, heater: str, target: float) -> None:
    hottest = check_file(written(tmp_path, command.encode()), STOCK).hottest
    assert {name: most.target for name, most in hottest.items()} == {heater: target}


def test_a_change_of_filament_by_the_board_heats_to_its_r(tmp_path: Path) -> None:
    able = Firmware(name="Marlin", capabilities={"PROMPT_SUPPORT": True, "EMERGENCY_PARSER": True})
    path = written(tmp_path, b"M600 B400 R320\nM600\nM1040 S400\nM14 S400\n")
    assert [most.target for most in check_file(path, able).hottest.values()] == [320]
    assert check_file(path, STOCK).hottest == {}


def test_other_units_of_temperature_are_refused(tmp_path: Path) -> None:
    assert "line 1, 'M149 F', switches the printer to °F" in refusal(written(tmp_path, b"M149 F"))
    assert check_file(written(tmp_path, b"M149 C\n"), STOCK).commands == 1


def test_without_a_firmware_no_code_is_judged(tmp_path: Path) -> None:
    assert check_file(written(tmp_path, b"M112\n"), None).commands == 1
