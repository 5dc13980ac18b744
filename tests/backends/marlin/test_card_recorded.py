"""What a real board said of its card, as it is understood."""

from __future__ import annotations

import pytest

from gbterm.backends.marlin import card_files
from gbterm.errors import PrinterError
from gbterm.files import CardFile
from tests.simulator.transcript import load

FILES = [
    CardFile("/SQUARE.GCO", 40, ""),
    CardFile("/ALONGF~1.GCO", 24700, "A long file name.gcode"),
    CardFile("/SUB/INNER.GCO", 40, ""),
]


def answers(name: str, command: str) -> list[list[str]]:
    """What was said to each `command`."""
    sent = command.encode() + b"\n"
    return [[text for _, text in step.answers] for step in load(name).steps if step.data == sent]


@pytest.mark.parametrize("name", ["08-sd", "15-sd-single"])
def test_its_files_are_known_with_their_long_names(name: str) -> None:
    (long,) = answers(name, "M20 L")
    assert card_files.listed(long) == FILES
    short = card_files.listed(answers(name, "M20")[0])
    assert short == [CardFile(file.path, file.size, "") for file in FILES]


def test_what_was_written_and_deleted_is_seen_and_a_card_that_was_released() -> None:
    lists = [card_files.listed(said) for said in answers("15-sd-single", "M20")]
    assert [file.path for file in lists[2] or ()][3:] == ["/TEST.GCO", "/T2.GCO"]
    assert (lists[2] or [])[4].size == len("G1 X1\r\nG1 X2\r\nG1 X3\r\n")
    assert lists[3] is None


@pytest.mark.parametrize("name", ["08-sd", "15-sd-single"])
def test_whether_a_file_was_opened_is_understood(name: str) -> None:
    for said in answers(name, "M23 /SUB/INNER.GCO"):
        card_files.check_opened(FILES[2], said)
    for command in ("M23 nosuch.gco", "M23 ALONGF~1.GCO"):
        with pytest.raises(PrinterError, match="open failed, File: "):
            card_files.check_opened(FILES[1], answers(name, command)[0])


def test_whether_a_file_was_deleted_is_understood() -> None:
    card_files.check_deleted(FILES[0], answers("15-sd-single", "M30 TEST.GCO")[0])
    with pytest.raises(PrinterError, match="did not delete"):
        card_files.check_deleted(FILES[0], answers("15-sd-single", "M30 NOPE.GCO")[0])
