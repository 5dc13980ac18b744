"""Saved copies of a board's settings, as files and through the methods of a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.board_settings import KNOWN, told
from gbterm.errors import NeedsConfirmation, UsageError, WrongState
from gbterm.firmware_settings import read
from gbterm.server.settings_copies import MOST_COPIES, Copies

LISTED = read(
    ["; Steps per unit:", "M92 X80.00 E93.00", "; PID:", "M301 E0 P22.20", "M301 E1 P21.00", "G21"]
)
SETTINGS = told(LISTED, None, KNOWN, "")


def test_a_copy_is_gcode_with_headings_that_reads_as_it_was(tmp_path: Path) -> None:
    copies = Copies(tmp_path / "settings")
    assert copies.all() == []
    saved = copies.save("before the new hotend", SETTINGS, confirmed=False)
    assert saved.settings == 4
    assert [copy.name for copy in copies.all()] == ["before the new hotend"]
    lines = copies.lines("before the new hotend")
    assert lines[:4] == ("; Steps per unit:", "M92 X80.00 E93.00", "; PID:", "M301 E0 P22.20")
    assert read(lines).settings == LISTED.settings
    with pytest.raises(NeedsConfirmation, match="already"):
        copies.save("before the new hotend", SETTINGS, confirmed=False)
    copies.save("before the new hotend", SETTINGS, confirmed=True)
    copies.delete("before the new hotend")
    assert copies.all() == []


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "-x", ".x", "x\n", "é", "x" * 61, "x "])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    copies = Copies(tmp_path / "settings")
    for ask in (copies.lines, copies.delete):
        with pytest.raises(UsageError, match="no name for a copy"):
            ask(name)
    with pytest.raises(UsageError, match="no name for a copy"):
        copies.save(name, SETTINGS, confirmed=True)
    assert list(tmp_path.iterdir()) == []


def test_there_are_so_many_and_no_more(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    for number in range(MOST_COPIES):
        (tmp_path / f"{number}.gcode").touch()
    with pytest.raises(WrongState, match="delete one first"):
        copies.save("one more", SETTINGS, confirmed=False)
    copies.save("1", SETTINGS, confirmed=True)
    with pytest.raises(UsageError, match=r"no copy 'none'; there are: 1, "):
        copies.lines("none")
