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


def test_without_a_firmware_no_code_is_judged(tmp_path: Path) -> None:
    assert check_file(written(tmp_path, b"M112\n"), None).commands == 1
