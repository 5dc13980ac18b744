"""How far a file has come, in a line that any terminal can show."""

from __future__ import annotations

import pytest

from gbterm.cli.verbs.bar import drawn


@pytest.mark.parametrize("columns", [80, 40, 20, 10])
@pytest.mark.parametrize("done", [0, 1, 999_999_999, 1_000_000_000])
def test_it_fits_and_is_plain(done: int, columns: int) -> None:
    line = drawn(done, 1_000_000_000, columns)
    assert len(line) < columns
    assert line.isascii()


def test_it_grows() -> None:
    assert drawn(5, 10, 80) == f"[{'#' * 15}{'-' * 16}]  50 % 5 B of 10 B"
    assert "100 %" in drawn(0, 0, 80)
