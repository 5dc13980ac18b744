"""The plain mode on a real terminal, on pipes and on files: bytes, keys, signals."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import wait_until
from tests.plain.streams import ROOT, WITHIN_S, Terminal, assert_lines, environment

ALONE = (sys.executable, "-m", "tests.plain.alone")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal(*ALONE)
    yield opened
    opened.close()


def test_a_terminal_is_spoken_to_in_lines_and_left_as_it_was(terminal: Terminal) -> None:
    terminal.shows("gbterm on memory. help lists the commands.")
    terminal.shows("Executing: printing")
    terminal.types(b"status\n")
    terminal.shows("Nozzle 21 \N{DEGREE SIGN}C, off")
    terminal.shows("Print box.gcode, 0 %")
    terminal.types(b"help all\n")
    terminal.shows("counters: tell how long")
    terminal.types(b"\x04")
    terminal.shows("The print of box.gcode goes on without the console. Attach again with:")
    assert terminal.ends() == 0
    assert_lines(terminal.data)
    assert termios.tcgetattr(terminal.end) == terminal.before


def test_control_backslash_stops_the_printer_amid_a_half_typed_line(terminal: Terminal) -> None:
    terminal.shows("Executing: printing")
    terminal.types(b"jog_le\x1c")
    terminal.shows("EMERGENCY STOP: halting the printer.")
    terminal.shows("STOPPED: the printer confirmed that it halted.")
    terminal.types(b"status\n")
    terminal.shows("Error: Stopped by an emergency stop.")
    terminal.types(b"quit\n")
    terminal.shows("Goodbye.")
    assert terminal.ends() == 0


def test_control_c_ends_nothing(terminal: Terminal) -> None:
    terminal.shows("Executing: printing")
    terminal.types(b"\x03")
    terminal.shows("Ctrl+C ends nothing.")
    terminal.types(b"position\n")
    terminal.shows("Position X 0.00")


def test_estop_is_acted_on_while_the_terminal_takes_no_output(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    terminal = Terminal(*ALONE, CALLS=str(calls))
    terminal.shows("Executing: printing")
    terminal.types(b"\x13" + b"help all\n" * 50 + b"estop\n")
    wait_until(lambda: "emergency_stop" in calls.read_text(), "the stop")
    terminal.types(b"\x11")
    terminal.shows("STOPPED: the printer confirmed")
    terminal.close()


def test_a_lost_terminal_ends_it_and_nothing_else(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    terminal = Terminal(*ALONE, CALLS=str(calls))
    terminal.shows("Executing: printing")
    os.close(terminal.line)
    terminal.line = -1
    assert terminal.ends() == 0
    assert calls.read_text() == "connect print_file"
    terminal.close()


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_hostile_text_does_no_harm(locale: str) -> None:
    terminal = Terminal(*ALONE, "hostile", LC_ALL=locale)
    terminal.shows("The printer asks: x?[2J?31m ")
    terminal.types(b"status\nfiles\njob\nmessages\nprint \x1b[2J\ncancel\nno\nquit\n")
    terminal.shows("Type yes to go on:")
    terminal.shows("Nothing was done")
    terminal.shows("without the console")
    assert terminal.ends() == 0
    assert_lines(terminal.data)
    if locale == "C":
        assert terminal.data.isascii()
    terminal.close()


def talk(text: str | None, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Lines of a pipe, or of /dev/null, to their end."""
    stdin = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    return subprocess.run(
        [*ALONE, *words],
        **stdin,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        cwd=ROOT,
        env=environment(**environ),
        check=False,
    )


def test_lines_of_a_pipe_are_done_in_their_order_then_it_leaves() -> None:
    done = talk("upload pyproject.toml\nfiles\ndelete pyproject.toml\nyes\nfiles", "idle")
    assert (done.returncode, done.stderr) == (0, "")
    assert_lines(done.stdout.encode())
    told = done.stdout.splitlines()
    where = [
        next(i for i, line in enumerate(told) if text in line)
        for text in (
            "pyproject.toml is in the library, number 1",
            "Number 1: pyproject.toml",
            "Delete pyproject.toml from the library?",
            "pyproject.toml is deleted.",
            "The library is empty.",
            "Goodbye.",
        )
    ]
    assert where == sorted(where)


def test_a_question_at_the_end_of_a_pipe_is_not_agreed_to() -> None:
    done = talk("cancel\n")
    assert "Type yes to go on:\nNothing was done" in done.stdout
    assert "was cancelled" not in done.stdout


@pytest.mark.parametrize("text", [None, ""])
def test_without_a_line_it_says_how_the_printer_is_and_leaves(text: str | None) -> None:
    done = talk(text, LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Executing: printing" in done.stdout
    assert done.stdout.isascii()


def test_lines_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("set_nozzle 200\nsend M117 Hi\n")
    with (tmp_path / "lines").open() as lines:
        done = subprocess.run(
            ALONE,
            stdin=lines,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            cwd=ROOT,
            env=environment(LC_ALL="C"),
            check=False,
        )
    assert "Nozzle set to 200 C.\nM117 Hi: ok\n" in done.stdout


def test_a_reader_who_left_is_no_traceback() -> None:
    program = subprocess.Popen(
        ALONE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    )
    assert program.stdin is not None
    assert program.stdout is not None
    assert program.stderr is not None
    assert program.stdout.readline()
    program.stdout.close()
    program.stdin.write(b"status\n")
    program.stdin.flush()
    assert program.wait(WITHIN_S) == 0
    assert program.stderr.read() == b""
    program.stdin.close()
    program.stderr.close()
