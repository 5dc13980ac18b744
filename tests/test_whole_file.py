"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gbterm import whole_file


def test_a_file_and_its_folder_are_made_and_then_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a/b/state.json"
    whole_file.write(path, "one")
    reader = path.open()
    whole_file.write(path, "two", is_lasting=False)
    with reader:
        assert reader.read() == "one"
    assert path.read_text() == "two"
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text("old")
    whole_file.write(path, "new", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_can_not_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        whole_file.write(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_somebody_laid_is_not_followed(tmp_path: Path) -> None:
    path, precious = tmp_path / "state.json", tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / f"state.json.{os.getpid()}.new").symlink_to(precious)
    whole_file.write(path, "text")
    assert (precious.read_text(), path.read_text()) == ("precious", "text")
