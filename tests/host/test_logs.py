"""The log of a process: bounded, fit to be shown, and where a crash leaves its last words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gbterm.host import logs

PROGRAM = """
import logging, os, sys
from pathlib import Path
from gbterm.host import logs
logs.begin(Path(sys.argv[1]), largest=4000)
for number in range(300):
    logging.getLogger("x").info("line %d \\x1b[31m %s", number, "y" * number * 20)
print("by the way")
raise RuntimeError("the end")
"""


def run(path: Path, output: Path) -> str:
    """The process, with its streams in the file `output`; what reached nobody."""
    with output.open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path)], stdout=log, stderr=log, check=False
        )
    assert done.returncode == 1
    return output.read_text()


def test_a_log_is_bounded_and_holds_the_crash(tmp_path: Path) -> None:
    path = tmp_path / "printer.log"
    last = run(path, path)
    assert "INFO line 299 ?[31m yyy" in last
    assert "\nRuntimeError: the end\n" in last
    assert "by the way\n" in last
    kept = (path, logs.before(path))
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert all(one.stat().st_size < 4000 + logs.LONGEST_LINE + 1000 for one in kept)
    assert "\x1b" not in "".join(one.read_text() for one in kept)


def test_another_place_is_left_as_it_is(tmp_path: Path) -> None:
    """As under systemd, which hands over a stream of its own."""
    path = tmp_path / "printer.log"
    said = run(path, tmp_path / "journal")
    assert said.count("INFO line ") == 300
    assert not path.exists()


def test_who_starts_a_process_makes_room_for_its_log(tmp_path: Path) -> None:
    path = tmp_path / "printer.log"
    assert not logs.make_room(path, 10)
    path.write_text("x" * 11)
    assert logs.make_room(path, 10)
    assert (path.exists(), logs.before(path).read_text()) == (False, "x" * 11)


def test_one_that_can_not_be_moved_on_is_moved_on_later(tmp_path: Path) -> None:
    path = tmp_path / "printer.log"
    in_the_way = path.with_suffix(".new.log")
    in_the_way.mkdir()
    assert "INFO line 0 " in run(path, path)
    assert "INFO line 299 " in path.read_text()
    assert not logs.before(path).exists()
    in_the_way.rmdir()
    run(path, path)
    assert path.stat().st_size < 4000 + logs.LONGEST_LINE + 1000


LEVELS = """
import logging, sys
from pathlib import Path
from gbterm.host import logs
logs.begin(Path(sys.argv[1]), *sys.argv[2:])
for name in ("gbterm.x", "library"):
    log = logging.getLogger(name)
    for level in ("debug", "info", "warning", "error"):
        getattr(log, level)("%s of %s\\n<0>all is lost \\x1b[2J", level, name)
try:
    raise ValueError("one\\n<0>two")
except ValueError:
    logging.getLogger("gbterm.x").exception("it failed")
"""


def said(tmp_path: Path, *level: str, journal: bool = False, **environment: str) -> list[str]:
    """The lines that the program logs, to a file or as to systemd's journal."""
    path = tmp_path / "stream"
    with path.open("wb") as stream:
        status = os.fstat(stream.fileno())
        device = status.st_dev if journal else status.st_dev + 1
        environment["JOURNAL_STREAM"] = f"{device}:{status.st_ino}"
        program = [sys.executable, "-c", LEVELS, str(tmp_path / "printer.log"), *level]
        env = os.environ | environment
        subprocess.run(program, stdout=stream, stderr=stream, env=env, check=True)
    return path.read_text().splitlines()


def test_the_journal_gets_a_priority_for_each_line_and_none_can_be_forged(tmp_path: Path) -> None:
    lines = said(tmp_path, journal=True)
    assert lines[:6] == [
        f"<{priority}>{level} of {name} <0>all is lost ?[2J"
        for name in ("gbterm.x", "library")
        for priority, level in ((6, "info"), (4, "warning"), (3, "error"))
    ]
    assert lines[6] == "<3>it failed"
    assert lines[-1] == "<3><0>two"
    assert all(line.startswith("<3>") for line in lines[6:])


def test_a_message_is_one_line_with_its_time_elsewhere(tmp_path: Path) -> None:
    first = said(tmp_path)[0]
    assert first.endswith(" INFO info of gbterm.x <0>all is lost ?[2J")
    assert first[:4].isdigit()


@pytest.mark.parametrize(
    ("level", "environment", "of_gbterm", "of_others"),
    [
        ("warning", "", ["warning", "error"], ["warning", "error"]),
        ("error", "", ["error"], ["error"]),
        # What libraries say of all that they send and receive holds keys.
        ("debug", "", ["debug", "info", "warning", "error"], ["info", "warning", "error"]),
        ("info", "error", ["error"], ["error"]),
        ("error", "Debug", ["debug", "info", "warning", "error"], ["info", "warning", "error"]),
    ],
)
def test_how_much_is_logged_is_the_users_choice(
    tmp_path: Path, level: str, environment: str, of_gbterm: list[str], of_others: list[str]
) -> None:
    text = "\n".join(said(tmp_path, level, GBTERM_LOG_LEVEL=environment))
    every = ("debug", "info", "warning", "error")
    assert [one for one in every if f"{one} of gbterm.x" in text] == of_gbterm
    assert [one for one in every if f"{one} of library" in text] == of_others


def test_a_level_that_is_none_is_said_and_the_configured_one_counts(tmp_path: Path) -> None:
    lines = said(tmp_path, GBTERM_LOG_LEVEL="loud")
    assert lines[0].endswith(
        "GBTERM_LOG_LEVEL=loud is no level: set it to one of debug, info, warning, error"
    )
    assert "info of gbterm.x" in lines[1]
