"""`gbterm links` with a real folder, and its launchers where they only fall through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gbterm.cli.links import launcher
from gbterm.cli.verbs.table import BY_EIGHT
from tests.cli.conftest import Shell, assert_refused

ROOT = Path(__file__).parents[2]


def test_each_command_gets_a_launcher_and_loses_it(gbterm: Shell) -> None:
    assert gbterm("links", "bin").returncode == 0
    folder = gbterm.home / "bin"
    assert {path.name for path in folder.iterdir()} == set(BY_EIGHT)
    assert all(path.stat().st_mode & 0o111 == 0o111 for path in folder.iterdir())
    (folder / "8ball").write_text("#!/bin/sh\n")
    (folder / "8gone").write_text((folder / "8pause").read_text())
    assert gbterm("links", str(folder)).returncode == 0  # brings its own up to date
    assert {path.name for path in folder.iterdir()} == {*BY_EIGHT, "8ball"}
    done = gbterm("links", str(folder), "--remove")
    assert done.stdout == f"{len(BY_EIGHT)} commands were removed from {folder}.\n"
    assert [path.name for path in folder.iterdir()] == ["8ball"]


def test_what_is_somebody_elses_stays(gbterm: Shell) -> None:
    (folder := gbterm.home / "bin").mkdir()
    (folder / "8pause").write_text("#!/bin/sh\necho theirs\n")
    (folder / "8resume").symlink_to("/nowhere")
    assert_refused(gbterm("links", "bin"), 2, "8pause is not gbterm's own")
    assert gbterm("links", "bin", "--remove").returncode == 0
    assert {path.name for path in folder.iterdir()} == {"8pause", "8resume"}
    (folder / "8pause").unlink()
    assert_refused(gbterm("links", "bin"), 2, "8resume is not gbterm's own")


def test_a_folder_that_can_not_be_written_is_named(gbterm: Shell) -> None:
    (gbterm.home / "file").write_text("")
    assert_refused(gbterm("links", "file"), 2, "can't be written to", "file")
    assert_refused(gbterm("links", "file/deep"), 2, "can't be written to", "file/deep")


@pytest.mark.parametrize("place", ["a b", "long" * 40], ids=["blank", "long"])
def test_an_interpreter_that_no_first_line_holds(gbterm: Shell, place: str) -> None:
    (folder := gbterm.home / place).mkdir()
    (folder / "python").symlink_to(sys.executable)
    path = gbterm.home / "8none"
    path.write_text(launcher("8pause", str(folder / "python"), str(ROOT)))
    path.chmod(0o755)
    assert path.read_text().startswith("#!/bin/sh\n")
    done = subprocess.run(
        [path, "it's", "wrong"], env=gbterm.env, capture_output=True, text=True, check=False
    )
    assert_refused(done, 2, "it's wrong")


def test_no_module_of_the_current_folder_is_loaded(gbterm: Shell) -> None:
    gbterm("links", "bin")
    for name in ("gbterm", "json", "posix", "_socket"):
        (gbterm.home / f"{name}.py").write_text("raise SystemExit(99)\n")
    launcher = gbterm.home / "bin" / "8pause"
    done = subprocess.run(
        [launcher], env=gbterm.env, cwd=gbterm.home, capture_output=True, text=True, check=False
    )
    assert_refused(done, 2, "No printer is configured here")
